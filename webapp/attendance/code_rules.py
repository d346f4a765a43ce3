"""The signed values of counting: the code on a leader's phone, and the keys by which a list names its runners."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import error as WrongSize
from struct import pack, unpack
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from itsdangerous import BadSignature, Signer

SALT = "attendance code"
MAX_CODE = 200


@dataclass(frozen=True, slots=True)
class RunCode:
    """What the code says: which run, and when it was shown. It names no runner."""

    run_id: int
    issued_at: datetime

    def signed(self, key: str) -> str:
        """Return the code: only `key` can make it."""
        return _signer(key).sign(f"{self.run_id}.{int(self.issued_at.timestamp())}").decode()

    @classmethod
    def read(cls, code: str, key: str) -> Self | None:
        """Return what a code says; None for one that we did not make."""
        if len(code) > MAX_CODE or not code.isascii():
            return None
        try:
            run_id, issued_at = _signer(key).unsign(code).decode().split(".")
            return cls(int(run_id), datetime.fromtimestamp(int(issued_at), UTC))
        except (BadSignature, ValueError):
            return None


class RunnerKeys:
    """The names of runners in the tap list of one run.

    They are sealed, so a list says nothing that leads to an account, and differ in each run, so that nobody can follow
    a hidden runner from one list to the next. The same runner always has the same one in a run: phones keep it.
    """

    def __init__(self, run_id: int, key: str) -> None:
        self._cipher = AESSIV(hmac.digest(key.encode(), b"attendance keys", "sha512"))
        self._run = [pack(">Q", run_id)]

    def key_of(self, runner_id: int) -> str:
        sealed = self._cipher.encrypt(pack(">Q", runner_id), self._run)
        return base64.urlsafe_b64encode(sealed).decode()

    def runner_of(self, key: str) -> int | None:
        """Return the runner of a key; None for one that is not of this run."""
        try:
            sealed = base64.b64decode(key, altchars=b"-_", validate=True)
            (runner_id,) = unpack(">Q", self._cipher.decrypt(sealed, self._run))
        except (InvalidTag, ValueError, binascii.Error, WrongSize):
            return None
        return int(runner_id)


def _signer(key: str) -> Signer:
    return Signer(key, salt=SALT)
