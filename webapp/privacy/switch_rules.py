"""What a member can show besides the level of their consent, each switched on by itself.

This is the only list of them: the form, its page, the log, the copy of one's data and leaving a group read it. A new
switch starts off. Each change of a text is a new version of it, which says what it widens: `privacy.text_rules`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch: its name in forms, what it is called, and one sentence of what it shows to whom.

    `exported` describes it in the copy of one's data. `is_used`: is there anything yet that asks for it?
    """

    name: str
    label: str
    says: str
    exported: str
    is_used: bool = True

    @property
    def column(self) -> str:
        """Return the column of `Consent` that says since when it is on; NULL is off."""
        return f"{self.name}_at"


LONGEST = Switch(
    "longest",
    "Show my longest run",
    "In challenges and lists about the longest run, members see its distance, or your place if that is all you "
    "show. They never see its date, time or route.",
    "when you agreed to your longest run being seen",
)
USUAL_WEEK = Switch(
    "usual_week",
    "Show what I usually run",
    "If you show your totals, members also see the kilometres, days and weekdays of your usual week, from the last "
    "four whole weeks and a year ago; and your longest run as a share of its week, if you show that.",
    "when you agreed to what you usually run being seen",
)
PHOTO = Switch(
    "photo",
    "Show my photo from Strava",
    "Members see your profile picture from Strava beside your name: a small copy, which we fetch again every few days "
    "and keep for 7 days at most.",
    "when you agreed to your photo from Strava being seen",
)
FITS_ME = Switch(
    "fits_me",
    "Count me in “Fits me”",
    "Runners who look for a group read “5 or more members run your pace”, or that members run as far or as often as "
    "they do: counted once a week, in steps, without names.",
    "when you agreed to be counted in what the directory says of the group",
)
COUNT_PRIVATE = Switch(
    "count_private",
    "Count my “Only You” runs",
    "They count for you in challenges that allow it, so members see more in your total or place; the runs themselves "
    "are shown to nobody.",
    "when you agreed that “Only You” runs count where a challenge allows it",
)
NUDGES = Switch(
    "nudges",
    "Captains and buddies may nudge me",
    "Captains, organisers and your buddies may send you a message of their own when you are missed. Nobody but you "
    "reads it, and it comes at most once a fortnight. While you are on a break, none is sent.",
    "when you agreed to be nudged",
)
MISSING = Switch(
    "missing",
    "I may be named as missing",
    "Captains and organisers, and buddies whom you choose, read that it has been quiet around you when you run less "
    "than you usually do, or not at all for as many days as you chose. They read no figures and no dates.",
    "when you agreed to be named as missing",
)
CALL_OUTS = Switch(
    "call_outs",
    "Call me out",
    "Members who also switched this on find your name in a list and may call you out of bed, with ready-made words, "
    "at most once a day. Nobody else reads them.",
    "when you agreed to be called out by those who agreed to it too",
)
OUTSIDE = Switch(
    "outside",
    "Show me outside the group’s pages",
    "People outside the group may read its chat channels. Your first name can appear there with your place, or because "
    "you passed somebody or were passed. Where the group has screens on a wall, cards of other members and programs, "
    "your name and place can appear there, too. Nobody sees more there than members see here.",
    "when you agreed to be shown outside the group's pages",
)
PUBLIC_TOTALS = Switch(
    "public_totals",
    "Count me in public totals",
    "Everybody will be able to read sums of the whole group with your share in them, without names.",
    "when you agreed to be counted in public totals",
    is_used=False,
)

# In the order of the page.
SWITCHES = (LONGEST, USUAL_WEEK, PHOTO, COUNT_PRIVATE, FITS_ME, NUDGES, MISSING, CALL_OUTS, OUTSIDE, PUBLIC_TOTALS)
# The two that a form without a version of its text knows, from before there were others.
FIRST_SWITCHES = (LONGEST, FITS_ME)
