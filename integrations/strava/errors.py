"""The errors of calls to Strava, one class for each kind.

Every error says whether trying again can help (`permanent`) and after how many seconds (`retry_after`; None: unknown).
Their texts are written here and never quote what was sent, so no token can be in one.
"""


class StravaError(Exception):
    """A call that failed."""

    permanent = False

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unavailable(StravaError):
    """Strava does not answer, answers too late, or sends an unreadable answer."""


class RateLimited(StravaError):
    """The application's quota is spent; `retry_after` reaches to the end of the spent window."""


class Inactive(StravaError):
    """Strava has switched the application off, usually because its owner's subscription ended."""


class ApplicationRefused(StravaError):
    """Strava does not know the client id or secret: the operator's mistake, not a runner's."""


class Paused(StravaError):
    """No call was made: Strava refuses the application at present, for the reason in the text."""


class SeatsFull(StravaError):
    """The application may not connect more athletes."""


class TokenRefused(StravaError):
    """The access token has expired or was revoked. A refresh may help; the same token never works again."""

    permanent = True


class GrantRefused(StravaError):
    """The refresh token or the code is no longer valid: only its owner can give a new one."""

    permanent = True


class ScopeMissing(StravaError):
    """The runner did not allow what was asked for."""

    permanent = True


class NotThere(StravaError):
    """It does not exist, or this token may not see it; Strava does not say which."""

    permanent = True


class NotTheirs(NotThere):
    """The activity exists, but belongs to another athlete than expected."""


class Refused(StravaError):
    """Strava understood the request and refused it, for a reason without a class of its own."""

    permanent = True
