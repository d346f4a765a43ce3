"""The errors of calls to addresses that somebody gave us. No text quotes an address: it may be a secret."""


class OutboundError(Exception):
    """A call that brought no answer."""


class NotSent(OutboundError):
    """Nothing was sent, so the same may be sent again later: the host is unknown, away, or fails at TLS."""


class AddressRefused(NotSent):
    """The address is never called: it has another form than ours do, is not https, or leads to a private network."""


class NoAnswer(OutboundError):
    """It may have been sent, but no answer came: whether it arrived is unknown."""
