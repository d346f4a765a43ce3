"""The key that signs pushes (VAPID, RFC 8292): browsers subscribe with its public half."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 32


def make_vapid_key() -> str:
    """Return a fresh private key: 32 bytes, as base64 for addresses, without padding."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return encoded(number.to_bytes(KEY_BYTES, "big"))


def public_key_of(vapid_key: str) -> str:
    """Return the public half as browsers take it: an uncompressed point, encoded likewise. Raises ValueError."""
    raw = decoded(vapid_key)
    if len(raw) != KEY_BYTES:
        raise ValueError("the key has another length")
    public = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()).public_key()
    return encoded(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64 for addresses, with or without padding. Raises ValueError."""
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded, altchars="-_", validate=True)
    except binascii.Error:
        raise ValueError("it is not base64") from None
