"""Reading a profile picture from an address that is not trusted, over HTTP."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from werkzeug.wrappers import Request, Response

from integrations.strava.errors import NotThere, Refused, StravaError, Unavailable
from integrations.strava.parse import athlete
from integrations.strava.photos import MAX_BYTES, origin_of, read_photo
from tests.support.pictures import picture_file
from tests.support.serving import served
from tests.support.simulator import Simulator

PICTURE = picture_file().getvalue()
HOST = "https://dgalywyr863hv.cloudfront.net"


@contextmanager
def answering(answer: Response) -> Iterator[str]:
    """Serve one answer at every path, and give the address of the server."""

    with served(Request.application(lambda _: answer)) as base:
        yield base


def picture_answer(**changes: object) -> Response:
    return Response(**{"response": PICTURE, "mimetype": "image/jpeg", **changes})  # type: ignore[arg-type]  # any of them


def test_a_picture_is_read_as_it_is() -> None:
    with answering(picture_answer()) as base:
        assert read_photo(f"{base}/pictures/athletes/1/2/3/large.jpg", [base]) == PICTURE


def test_the_simulator_serves_pictures_to_those_who_have_one(simulator: Simulator) -> None:
    id_of = int(simulator.athletes()[0]["id"])
    face = read_photo(f"{simulator.base}/avatars/{id_of}.png", [simulator.base])
    assert face.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/large.jpg",
        "http://dgalywyr863hv.cloudfront.net/large.jpg",
        "https://dgalywyr863hv.cloudfront.net:8443/large.jpg",
        "https://dgalywyr863hv.cloudfront.net@evil.example/large.jpg",
        "https://evil.example@dgalywyr863hv.cloudfront.net/large.jpg",
        "https://dgalywyr863hv.cloudfront.net\\@evil.example/large.jpg",
        "https://dgalywyr863hv.cloudfront.net.evil.example/large.jpg",
        "https://dgalywyr863hv.cloudfront.net\n.evil.example/large.jpg",
        "https://dgalywyr863hv.cloudfront.net#@evil.example/large.jpg",
        "https://dgalywyr863hv.cloudfront.net",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        "http://[::1]/large.jpg",
        "file:///etc/passwd",
        "gopher://dgalywyr863hv.cloudfront.net/large.jpg",
        "//dgalywyr863hv.cloudfront.net/large.jpg",
        "https://dgalywyr863hv.cloudfront.net/pictures/ä.jpg",
        "https://dgalywyr863hv.cloudfront.net/a b",
        "",
    ],
)
def test_no_other_place_is_ever_asked(address: str) -> None:
    with pytest.raises(Refused):
        read_photo(address, [HOST], timeout=0.001)


def test_a_redirect_is_not_followed() -> None:
    with answering(picture_answer()) as inside:
        away = Response(status=302, headers={"Location": inside})
        with answering(away) as base, pytest.raises(Refused):
            read_photo(f"{base}/large.jpg", [base, inside])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status=404), NotThere),
        (Response(status=403), NotThere),
        (Response(status=500), Unavailable),
        (Response(status=429), Unavailable),
        (Response(status=204), Refused),
        (Response(status=301), Refused),
        (picture_answer(mimetype="text/html"), Refused),
        (picture_answer(response=b"x" * (MAX_BYTES + 1)), Refused),
    ],
)
def test_an_unusable_answer_is_refused_without_quoting_the_address(answer: Response, error: type[StravaError]) -> None:
    with answering(answer) as base, pytest.raises(error) as raised:
        read_photo(f"{base}/large.jpg", [base])
    assert "127.0.0.1" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_compressed_answer_is_not_unpacked() -> None:
    with answering(picture_answer(headers={"Content-Encoding": "gzip"})) as base:
        assert read_photo(f"{base}/large.jpg", [base]) == PICTURE


def test_a_host_that_does_not_answer_can_be_asked_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable):
            read_photo(f"{base}/large.jpg", [base], timeout=0.05)
    with pytest.raises(Unavailable):
        read_photo(f"{base}/large.jpg", [base], timeout=0.05)


def test_a_sender_of_single_bytes_meets_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as slow:
        base = f"http://127.0.0.1:{slow.getsockname()[1]}"
        sender = Thread(target=_trickle, args=(slow,), daemon=True)
        sender.start()
        with pytest.raises(Unavailable):
            read_photo(f"{base}/large.jpg", [base], timeout=0.3)
    sender.join(20)
    assert not sender.is_alive()


def _trickle(server: socket.socket) -> None:
    """Send one byte of a long picture after the other until the reader hangs up."""
    caller, _ = server.accept()
    with caller:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n")
        try:
            while True:
                caller.sendall(b"x")
                time.sleep(0.01)
        except OSError:
            return


def test_an_athlete_without_a_picture_has_no_address() -> None:
    named = {"id": 7, "firstname": "Ana", "lastname": "Ruiz"}
    whole = f"{HOST}/pictures/athletes/7/8/1/large.jpg"
    assert athlete({**named, "profile": whole}).photo == whole
    for other in ("avatar/athlete/large.png", "", None, 7, ["x"], f"{HOST}/{'x' * 500}", "javascript:alert(1)"):
        assert athlete({**named, "profile": other}).photo is None


def test_origins_are_compared_as_they_are_written() -> None:
    assert origin_of(f"{HOST}/large.jpg") == HOST
    assert origin_of("HTTPS://DGALYWYR863HV.cloudfront.net/large.jpg") is None
