"""What a browser gives to be reached: the address of its push service, and the keys that only it can open."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec

from integrations.push.keys import decoded

SECRET_BYTES = 16


class NotASubscription(ValueError):
    """The keys are not those of a browser. The address is checked where it is called."""


@dataclass(frozen=True, slots=True)
class BrowserSubscription:
    """A browser's subscription. `p256dh` and `auth` are base64 for addresses; the endpoint is as good as a secret."""

    endpoint: str
    p256dh: str
    auth: str


def check_keys(subscription: BrowserSubscription) -> None:
    """Raise NotASubscription unless a message can be encrypted for it."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(subscription.p256dh))
        secret = decoded(subscription.auth)
    except ValueError:
        raise NotASubscription("the keys cannot be read") from None
    if len(secret) != SECRET_BYTES:
        raise NotASubscription("the secret has another length")
