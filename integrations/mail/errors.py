"""What may go wrong when a mail is handed over, one class for each answer to "and now?".

`reason` is a word of a closed set. Neither it nor the text quotes what the relay said, which may name the address.
"""


class MailError(Exception):
    """A mail that was not handed over."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason, self.code = reason, code


class MailboxRefused(MailError):
    """The address takes no mail, for good: there is no such mailbox."""


class MailRefused(MailError):
    """This mail is refused for good, by a rule or for its content; the address may be right."""


class Deferred(MailError):
    """The relay will not take this mail now. Others may get through, and this one later."""


class RelayAway(MailError):
    """The relay cannot be used at present, for any mail: it is away, silent, or refuses us. Nothing was handed over."""


class Unanswered(MailError):
    """The whole mail was handed over, and no answer came: it may have been sent, or not."""
