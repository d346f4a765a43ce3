"""Sealing."""

import pytest
from cryptography.fernet import Fernet

from webapp.crypto import CannotOpen, Sealer

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_is_not_readable_and_opens_again() -> None:
    sealed = Sealer([OLD]).seal("a token")
    assert "a token" not in sealed
    assert Sealer([OLD]).open(sealed) == "a token"


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    sealed = Sealer([OLD]).seal("a token")
    assert Sealer([NEW, OLD]).open(sealed) == "a token"


def test_with_the_old_key_gone_nothing_sealed_by_it_opens() -> None:
    sealed = Sealer([OLD]).seal("a token")
    with pytest.raises(CannotOpen):
        Sealer([NEW]).open(sealed)
