"""Which addresses may be called: https, on the open internet, in a form that every program reads alike."""

import ipaddress
from collections.abc import Sequence

import pytest

from integrations.outbound.addresses import Resolve, Target, check_address, is_public, target_of
from integrations.outbound.errors import AddressRefused, NotSent
from integrations.outbound.resolver import resolve_host

PUBLIC = "93.184.216.34"


def to(*ips: str) -> Resolve:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        return ips

    return resolve


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://push.example.org/send/abc:DEF_-%3d?token=a&b=c", Target("https", "push.example.org", 443)),
        ("https://PUSH.Example.org", Target("https", "push.example.org", 443)),
        ("https://push.example.org:8443?x=/@y", Target("https", "push.example.org", 8443)),
    ],
)
def test_an_https_address_has_scheme_host_and_port(address: str, target: Target) -> None:
    assert check_address(address, resolve=to(PUBLIC)) == target


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.org/",
        "https://user@push.example.org/",
        "https://user:secret@push.example.org/",
        "https://push.example.org\\@127.0.0.1/",
        "https://push.example.org/#fragment",
        "https://push.example.org/a b",
        "https://push.example.org/\r\nHost: evil",
        "https://push.example.org:/",
        "https://push.example.org:123456/",
        "https://[::1]/",
        "https://püsh.example.org/",
        "https:///path",
        "https://.example.org/",
        "https://push..example.org/",
        "https://push.example.org./",
        "//push.example.org/",
        "ftp://push.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "https://push.example.org/" + "x" * 2000,
    ],
)
def test_an_address_of_another_form_is_refused_without_being_looked_up(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of(address)
    assert "example" not in str(refused.value)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:192.168.1.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "2001:db8::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "3fff:ffff::1%1",
    ],
)
def test_an_ip_address_that_is_not_of_the_open_internet_is_refused(ip: str) -> None:
    assert not is_public(ipaddress.ip_address(ip))
    with pytest.raises(AddressRefused):
        check_address("https://push.example.org/", resolve=to(ip))


@pytest.mark.parametrize(
    "ip", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_an_ip_address_of_the_open_internet_may_be_called(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(AddressRefused):
        check_address("https://push.example.org/", resolve=to(PUBLIC, "10.0.0.1"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    with pytest.raises(NotSent):
        check_address(f"https://{host}/")


def test_an_exception_is_one_host_with_one_port() -> None:
    exceptions = {("ntfy.home.arpa", 8080)}
    resolve = to("192.168.1.7")
    assert check_address("http://ntfy.home.arpa:8080/topic", exceptions, resolve)
    assert check_address("https://NTFY.home.arpa:8080/topic", exceptions, resolve)
    for other in ("http://ntfy.home.arpa/", "https://ntfy.home.arpa:8081/", "http://other.home.arpa:8080/"):
        with pytest.raises(AddressRefused):
            check_address(other, exceptions, resolve)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 63 + ".invalid", "-", ".."])
def test_a_host_that_is_unknown_is_no_address_yet(host: str) -> None:
    with pytest.raises(NotSent):
        resolve_host(host, 443)
