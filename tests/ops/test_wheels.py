"""The check of the lock files, by pip itself against a folder of wheels."""

import zipfile
from pathlib import Path

import pytest

from ops.preflight import StartRefused
from ops.wheels import missing_wheels
from tests.support.servers import free_port

ONE = [("3.11", "x86_64")]


def put_wheel(folder: Path, name: str, tags: str) -> None:
    """Write a wheel of version 1.0 that holds nothing but its description."""
    inside = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-{tags}.whl", "w") as wheel:
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        wheel.writestr(f"{inside}/METADATA", about)
        wheel.writestr(f"{inside}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n")
        wheel.writestr(f"{inside}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip looks for wheels, and nowhere else."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path


def test_each_pin_without_a_wheel_is_named_with_its_python_and_machine(index: Path) -> None:
    put_wheel(index, "pure", "py3-none-any")
    put_wheel(index, "stable", "cp311-abi3-manylinux_2_28_x86_64")
    put_wheel(index, "stable", "cp311-abi3-manylinux2014_aarch64")
    put_wheel(index, "narrow", "cp311-cp311-manylinux2014_x86_64")
    put_wheel(index, "gone", "cp311-abi3-manylinux2014_x86_64")
    pins = ["gone==1.0", "pure==1.0", "stable==1.0", "narrow==1.0; python_version < '3.12'"]
    assert set(missing_wheels(pins, [*ONE, ("3.11", "aarch64"), ("3.14", "aarch64")])) == {
        "narrow==1.0 has no wheel for Python 3.11 on Linux aarch64",
        "gone==1.0 has no wheel for Python 3.11 on Linux aarch64",
        "gone==1.0 has no wheel for Python 3.14 on Linux aarch64",
    }


def test_a_marker_is_judged_for_the_platform_that_is_asked_about(index: Path) -> None:
    put_wheel(index, "only_new", "cp313-cp313-manylinux_2_28_x86_64")
    pin = "only-new==1.0; python_version == '3.13' and sys_platform == 'linux' and platform_machine == 'x86_64'"
    assert list(missing_wheels([pin])) == []


def test_an_index_that_does_not_answer_is_said_to_be_away(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(StartRefused, match="index does not answer"):
        list(missing_wheels(["pure==1.0"], ONE))


def test_what_pip_cannot_read_is_not_called_a_missing_wheel(index: Path) -> None:
    (index / "broken-1.0-py3-none-any.whl").write_bytes(b"no wheel at all")
    with pytest.raises(StartRefused, match="pip failed"):
        list(missing_wheels(["broken==1.0"], ONE))
