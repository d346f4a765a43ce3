"""Calls to addresses that somebody gave us: only where `addresses.py` allows, and within limits."""

import io
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from threading import Lock, Timer
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from integrations.outbound.addresses import Exceptions, Resolve, allowed_ips, target_of
from integrations.outbound.errors import NoAnswer, NotSent
from integrations.outbound.resolver import resolve_host

CONNECT_S, READ_S = 5.0, 10.0
# Everything together, from the look-up to the end of the answer.
MAX_S = 25.0
# What is read of an answer.
MAX_ANSWER_BYTES = 64 * 1024
# Of a host with several addresses, how many are tried.
MAX_TRIES = 3

# About an answer with broken headers it logs the whole address, which may be a secret.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class Gate:
    """Opens the connections of a session, each to an IP address that has just been checked, and can cut them."""

    def __init__(self, exceptions: Exceptions, resolve: Resolve) -> None:
        self.exceptions = exceptions
        self._resolve = resolve
        self._lock = Lock()
        # A second handle of the connection in use: TLS takes the first one over.
        self._spare: socket.socket | None = None
        self._is_late = False

    def connect(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """Return a connection to a host. Raises NotSent."""
        for ip in allowed_ips(host, port, self.exceptions, self._resolve)[:MAX_TRIES]:
            with suppress(OSError):
                opened = socket.create_connection((ip, port), timeout)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.watch(opened)
                return opened
        raise NotSent("the host does not answer")

    def watch(self, opened: socket.socket) -> None:
        """Take a connection for the one in use."""
        spare = socket.fromfd(opened.fileno(), opened.family, opened.type)
        with self._lock:
            self._release()
            self._spare = spare
            if self._is_late:
                spare.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Cut the connection in use if the block takes longer than that, whatever it waits for."""
        self._is_late = False
        timer = Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._release()

    def _cut(self) -> None:
        with self._lock, suppress(OSError):
            self._is_late = True
            if self._spare:
                self._spare.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        if self._spare:
            self._spare.close()
            self._spare = None


class OutboundSession(requests.Session):
    """A session for addresses that are not trusted. Use it in one thread.

    It follows no redirect, keeps no cookie and reads at most MAX_ANSWER_BYTES of an answer. A call takes no longer than
    `max_s` seconds, and raises OutboundError instead of the library's errors. Proxies of the environment are not used:
    one would look up the host again.
    """

    def __init__(
        self,
        exceptions: Exceptions = (),
        *,
        max_s: float = MAX_S,
        read_s: float = READ_S,
        resolve: Resolve = resolve_host,
    ) -> None:
        super().__init__()
        self.trust_env = False
        # A few compressed bytes could unpack to very many.
        self.headers.update({"User-Agent": "Chasepack", "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._gate = Gate(exceptions, resolve)
        self._max_s, self._timeout = max_s, (CONNECT_S, read_s)
        for prefix in ("https://", "http://"):
            self.mount(prefix, _PinnedAdapter(self._gate))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and return the answer. Raises AddressRefused, NotSent and NoAnswer."""
        target_of(request.url or "", self._gate.exceptions)
        wanted = {**kwargs, "stream": True, "allow_redirects": False, "timeout": self._timeout}
        with self._gate.limited(self._max_s):
            try:
                answer = super().send(request, **wanted)
            except requests.exceptions.SSLError:
                raise NotSent("the host fails at TLS") from None
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                raise NoAnswer(f"no answer came ({type(error).__name__})") from None
            return _read(answer)


def _read(answer: requests.Response) -> requests.Response:
    """Read the body of an answer up to its limit; without a body that can be read, its head counts."""
    body = b""
    with answer, suppress(HTTPError, OSError):
        body = answer.raw.read(MAX_ANSWER_BYTES, decode_content=False)
    answer.raw = io.BytesIO(body)
    return answer


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        super().__init__(pool_connections=4, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        # Classes are expected, and called like functions.
        pools: Any = {"http": self._http_pool, "https": self._https_pool}
        self.poolmanager.pool_classes_by_scheme = pools

    def _http_pool(self, host: str, port: int, **kwargs: Any) -> HTTPConnectionPool:
        return _PinnedHttpPool(host, port, gate=self._gate, **kwargs)

    def _https_pool(self, host: str, port: int, **kwargs: Any) -> HTTPConnectionPool:
        return _PinnedHttpsPool(host, port, gate=self._gate, **kwargs)


class _PinnedHttp(HTTPConnection):
    """Connects to the IP address that was checked. The host keeps its name, in TLS and in the request."""

    def __init__(self, *args: Any, gate: Gate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate = gate

    def _new_conn(self) -> socket.socket:
        return self.gate.connect(self.host, self.port, self.timeout)

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock:
            self.gate.watch(self.sock)
        super().request(*args, **kwargs)


class _PinnedHttps(_PinnedHttp, HTTPSConnection):
    """The same with TLS."""


class _PinnedHttpPool(HTTPConnectionPool):
    ConnectionCls = _PinnedHttp


class _PinnedHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PinnedHttps
