"""The file of a backup: one .tar.gz with a manifest of its contents and their digests."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from ops.preflight import StartRefused

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`kind` is demo or live, `database` sqlite or postgresql; `files` maps each name to its SHA-256."""

    format: int
    made_at: str
    kind: str
    database: str
    files: dict[str, str]


def write_archive(path: Path, folder: Path, *, made_at: str, kind: str, database: str) -> Manifest:
    """Pack every file of `folder` into `path`, which only its owner may read: the keys are in it."""
    files = {file.name: _digest(file) for file in sorted(folder.iterdir())}
    manifest = Manifest(FORMAT, made_at, kind, database, files)
    half = path.with_name(f"{path.name}.half")
    with private(half) as raw, tarfile.open(fileobj=raw, mode="w:gz") as tar:
        _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
        for name in files:
            tar.add(folder / name, arcname=name)
    half.replace(path)
    return manifest


def private(path: Path) -> BinaryIO:
    """Open a file for writing that only its owner may read."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of the backup at `path`. Raises StartRefused if it is no backup."""
    try:
        with tarfile.open(path, "r:gz") as tar:
            stored = json.loads(_member(tar, MANIFEST).read())
        return _checked(path, stored)
    except FileNotFoundError:
        raise StartRefused(f"There is no file {path}.") from None
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError, TypeError):
        raise StartRefused(f"{path} is not a backup of Chasepack.") from None


def unpack(path: Path, folder: Path) -> None:
    """Write the files of the backup into `folder`, checked against the manifest.

    Raises StartRefused if one is damaged.
    """
    manifest = read_manifest(path)
    try:
        with tarfile.open(path, "r:gz") as tar:
            for name, digest in manifest.files.items():
                _unpack_one(tar, name, digest, folder)
    except (OSError, EOFError, tarfile.TarError, KeyError, ValueError):
        raise StartRefused(f"{path} is damaged; nothing was changed.") from None


def _unpack_one(tar: tarfile.TarFile, name: str, digest: str, folder: Path) -> None:
    with private(folder / name) as file:
        shutil.copyfileobj(_member(tar, name), file)
    if _digest(folder / name) != digest:
        raise ValueError(name)


def _checked(path: Path, stored: Mapping[str, Any]) -> Manifest:
    manifest = Manifest(**stored)
    if not isinstance(manifest.files, dict) or not all(isinstance(digest, str) for digest in manifest.files.values()):
        raise ValueError("no table of files")
    if manifest.format != FORMAT:
        raise StartRefused(f"{path} was made by another version of Chasepack (format {manifest.format}).")
    # Only a plain name is accepted: a path could write anywhere.
    if any(Path(name).name != name or name.startswith(".") for name in manifest.files):
        raise ValueError("a file name is a path")
    return manifest


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
