"""Looking up the IP addresses of a host, within a time limit."""

import socket
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

from integrations.outbound.errors import NotSent

# The library has no limit: a name server that does not answer would hold a web thread for half a minute.
RESOLVE_S = 4.0


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of a host, at least one. Raises NotSent, after RESOLVE_S seconds at the latest."""
    answers: SimpleQueue[Sequence[str]] = SimpleQueue()
    Thread(target=lambda: answers.put(_look_up(host, port)), daemon=True).start()
    try:
        found = answers.get(timeout=RESOLVE_S)
    except Empty:
        raise NotSent("the name server does not answer") from None
    if not found:
        raise NotSent("the host is unknown")
    return found


def _look_up(host: str, port: int) -> Sequence[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
