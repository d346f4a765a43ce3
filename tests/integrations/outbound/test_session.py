"""Calls to addresses that are not trusted, over HTTP: to the IP address that was checked, and within limits."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from werkzeug.wrappers import Request, Response

from integrations.outbound.addresses import check_address
from integrations.outbound.errors import AddressRefused, NoAnswer, NotSent, OutboundError
from integrations.outbound.session import MAX_ANSWER_BYTES, OutboundSession
from tests.support.serving import served, serving

HOST = "push.example.org"
Talk = Callable[[socket.socket], None]


def port_of(base: str) -> int:
    return int(base.rpartition(":")[2])


def at(base: str, max_s: float = 20, read_s: float = 10) -> OutboundSession:
    """Return a session that may call the server at `base`."""
    return OutboundSession({("127.0.0.1", port_of(base))}, max_s=max_s, read_s=read_s)


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """Serve one connection at a time by hand."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                with caller:
                    try:
                        talk(caller)
                    except OSError:
                        continue

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(20)
    assert not thread.is_alive()


def noting(called: list[str]) -> object:
    """Return an application that notes what it was called for."""

    @Request.application
    def app(request: Request) -> Response:
        called.append(request.path)
        return Response()

    return app


def test_an_answer_is_read_and_the_connection_used_again() -> None:
    seen: list[str] = []

    @Request.application
    def app(request: Request) -> Response:
        seen.append(request.headers["Host"] + request.get_data(as_text=True))
        return Response("taken", 201)

    with served(app) as base, at(base) as session:
        answers = [session.post(f"{base}/send", data=b"x") for _ in range(2)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(201, "taken")] * 2
    assert seen == [f"127.0.0.1:{port_of(base)}x"] * 2


@pytest.mark.parametrize("address", ["https://127.0.0.1/", "http://127.0.0.1:6379/", "https://localhost/", "file:///x"])
def test_a_private_address_is_not_called(address: str) -> None:
    with OutboundSession() as session, pytest.raises(OutboundError) as refused:
        session.get(address)
    assert "127.0.0.1" not in str(refused.value)


def test_a_name_that_leads_elsewhere_once_it_was_checked_is_not_called() -> None:
    """DNS rebinding: the first answer is public, all others are this machine."""
    answers = iter((["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]))

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    called: list[str] = []
    with served(noting(called)) as base:
        address = f"https://{HOST}:{port_of(base)}/"
        check_address(address, resolve=rebinding)
        with OutboundSession(resolve=rebinding) as session, pytest.raises(AddressRefused):
            session.get(address)
    assert called == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    called: list[str] = []
    with served(noting(called)) as inside:
        away = Response(status=307, headers={"Location": f"{inside}/secret"})
        with served(Request.application(lambda _: away)) as base, at(base) as session:
            assert session.post(f"{base}/send", allow_redirects=True).status_code == 307
    assert called == []


def test_no_more_than_the_limit_is_read_of_an_answer() -> None:
    def endless(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
        while True:
            caller.sendall(b"x" * 65536)

    with talking(endless) as base, at(base) as session:
        answer = session.post(f"{base}/send")
    assert (answer.status_code, len(answer.content)) == (201, MAX_ANSWER_BYTES)


def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = Response(b"\x1f\x8b nothing", headers={"Content-Encoding": "gzip"})
    with served(Request.application(lambda _: packed)) as base, at(base) as session:
        assert session.get(base).content.startswith(b"\x1f\x8b")


def slow_head(caller: socket.socket) -> None:
    caller.recv(4096)
    while True:
        caller.sendall(b"H")
        time.sleep(0.01)


def slow_body(caller: socket.socket) -> None:
    caller.recv(4096)
    caller.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n")
    while True:
        caller.sendall(b"x")
        time.sleep(0.01)


def test_a_sender_of_single_bytes_meets_the_time_limit() -> None:
    with talking(slow_head) as base, at(base, max_s=0.3) as session, pytest.raises(NoAnswer):
        session.post(f"{base}/send")
    with talking(slow_body) as base, at(base, max_s=0.3) as session:
        assert session.post(f"{base}/send").status_code == 201


def test_what_was_sent_without_an_answer_is_told_from_what_was_not_sent() -> None:
    def hangs_up(caller: socket.socket) -> None:
        caller.recv(4096)

    def is_silent(caller: socket.socket) -> None:
        while caller.recv(4096):
            pass

    for talk in (hangs_up, is_silent):
        with talking(talk) as base, at(base, read_s=0.2) as session, pytest.raises(NoAnswer):
            session.post(f"{base}/send")
    with pytest.raises(NotSent), at(base) as session:  # nobody listens there any more
        session.post(f"{base}/send")


def test_no_log_quotes_the_address_of_an_answer_with_broken_headers(caplog: pytest.LogCaptureFixture) -> None:
    def broken(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nno header\r\n\r\n")

    with talking(broken) as base, at(base) as session:
        assert session.post(f"{base}/hooks/secret").status_code == 201
    assert "secret" not in caplog.text


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for HOST, signed by itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


def test_tls_and_the_request_keep_the_name_of_the_host(certificate: tuple[Path, Path]) -> None:
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    app = Request.application(lambda request: Response(request.headers["Host"]))

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    with serving(app) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        exceptions = {(HOST, server.server_port), ("other.example.org", server.server_port)}
        with OutboundSession(exceptions, resolve=resolve) as session:
            session.verify = str(certificate[0])
            address = f"{HOST}:{server.server_port}"
            assert [session.get(f"https://{address}/").text for _ in range(2)] == [address] * 2
            with pytest.raises(NotSent):  # the certificate is not for that name
                session.get(f"https://other.example.org:{server.server_port}/")
        with OutboundSession(exceptions, resolve=resolve) as session, pytest.raises(NotSent):  # nor is it trusted
            session.get(f"https://{address}/")
    assert names[0] == HOST
