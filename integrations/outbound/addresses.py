"""Which addresses outside may be called.

Runners and organisers give us addresses: of push services, of a group's channel. Such an address could lead into the
operator's own network. So it must be https, and every IP address of its host must be public. The check is made when an
address is given, and again whenever it is called (`session.py`), since a name may lead elsewhere by then.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from integrations.outbound.errors import AddressRefused
from integrations.outbound.resolver import resolve_host

MAX_LENGTH = 2000
# Nothing that two programs could read differently: no user name, no backslash, no space, no fragment.
HOST = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*"
ADDRESS = re.compile(rf'(https?)://({HOST})(?::([0-9]{{1,5}}))?(?:[/?][!"$-\[\]-~]*)?', re.ASCII | re.IGNORECASE)
PORTS = {"http": 80, "https": 443}
# Within these networks an IPv6 address stands for an IPv4 address, from its 2nd, 12th and 12th byte on.
SIX_TO_FOUR, NAT64, MAPPED = (ipaddress.IPv6Network(text) for text in ("2002::/16", "64:ff9b::/96", "::ffff:0:0/96"))

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# Hosts with their ports that may be private, and may be called without https.
Exceptions = Collection[tuple[str, int]]
Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """Scheme, host in lower case, and port of an address."""

    scheme: str
    host: str
    port: int


def check_address(address: str, exceptions: Exceptions = (), resolve: Resolve = resolve_host) -> Target:
    """Return the target of an address that may be called now.

    Raises AddressRefused, and NotSent if the name of the host leads nowhere.
    """
    target = target_of(address, exceptions)
    allowed_ips(target.host, target.port, exceptions, resolve)
    return target


def target_of(address: str, exceptions: Exceptions = ()) -> Target:
    """Return the target of an address, by its form alone. Raises AddressRefused."""
    found = ADDRESS.fullmatch(address) if len(address) <= MAX_LENGTH else None
    if found is None:
        raise AddressRefused("it is not an address that we call")
    scheme, host = found[1].lower(), found[2].lower()
    target = Target(scheme, host, int(found[3] or PORTS[scheme]))
    if scheme != "https" and (target.host, target.port) not in exceptions:
        raise AddressRefused("it is not https")
    return target


def allowed_ips(host: str, port: int, exceptions: Exceptions = (), resolve: Resolve = resolve_host) -> Sequence[str]:
    """Return the IP addresses of a host, all of which may be called.

    Raises AddressRefused if one of them may not, and NotSent if the host has none.
    """
    found = resolve(host, port)
    if (host.lower(), port) not in exceptions and not all(is_public(ipaddress.ip_address(ip)) for ip in found):
        raise AddressRefused("it leads to a private network")
    return found


def is_public(ip: IpAddress) -> bool:
    """Return whether an IP address belongs to the open internet."""
    inner = _ipv4_inside(ip)
    if inner is not None:
        return is_public(inner)
    # Python calls multicast global; an address with a zone is of one link only.
    is_special = ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_unspecified
    is_local = isinstance(ip, ipaddress.IPv6Address) and (ip.is_site_local or ip.scope_id is not None)
    return ip.is_global and not is_special and not is_local


def _ipv4_inside(ip: IpAddress) -> ipaddress.IPv4Address | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in SIX_TO_FOUR:
        return ipaddress.IPv4Address(ip.packed[2:6])
    return ipaddress.IPv4Address(ip.packed[12:]) if ip in NAT64 or ip in MAPPED else None
