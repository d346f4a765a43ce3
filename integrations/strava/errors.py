"""What can go wrong with Strava, each as a kind of its own.

Every error says whether trying again can help (`permanent`) and after how many seconds (`retry_after`; None: nobody
knows). Their texts are written here and never quote what was sent, so no token can be in one.
"""


class StravaError(Exception):
    """A call that did not bring what it was to bring."""

    permanent = False

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unavailable(StravaError):
    """Strava does not answer, answers too late, or answers what nobody can read."""


class RateLimited(StravaError):
    """The application's allowance is used up; `retry_after` reaches to the end of the window that is spent."""


class Inactive(StravaError):
    """Strava has switched the application off, mostly since its owner's subscription ended."""


class ApplicationRefused(StravaError):
    """Client id or secret are not what Strava knows: the operator's mistake, no runner's."""


class Paused(StravaError):
    """Nothing was asked: Strava refuses the application for the time being, for the reason in the text."""


class SeatsFull(StravaError):
    """The application may not have more athletes than it has."""


class TokenRefused(StravaError):
    """The access token is expired or revoked. A refresh may help; the same token never will."""

    permanent = True


class GrantRefused(StravaError):
    """The refresh token or the code is dead: only its owner can give a new one."""

    permanent = True


class ScopeMissing(StravaError):
    """The runner did not allow what was asked for."""

    permanent = True


class NotThere(StravaError):
    """It is gone, or not for this token to see; Strava does not tell which."""

    permanent = True


class NotTheirs(NotThere):
    """The activity exists, but belongs to another athlete than was asked for."""


class Refused(StravaError):
    """Strava understood and said no, for a reason that has no kind of its own."""

    permanent = True
