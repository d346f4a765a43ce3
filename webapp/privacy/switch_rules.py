"""What a member can show besides the level of their consent, each switched on by itself.

This is the only list of them: the form, its page, the log, the copy of one's data and leaving a group read it. A new
switch starts off. A text that widens what a switch shows needs a migration that switches it off for everybody.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Switch:
    """A switch: its name in forms, what it is called, and one sentence of what it shows to whom.

    `exported` describes it in the copy of one's data.
    """

    name: str
    label: str
    says: str
    exported: str

    @property
    def column(self) -> str:
        """Return the column of `Consent` that says since when it is on; NULL is off."""
        return f"{self.name}_at"


LONGEST = Switch(
    "longest",
    "Show my longest run",
    "Members see its distance in challenges and lists about the longest run, without date, time or place.",
    "when you agreed to your longest run being seen",
)
USUAL_WEEK = Switch(
    "usual_week",
    "Show what I usually run",
    "With your totals, members see kilometres and days of your usual week, from the last four whole weeks and a year "
    "ago; and your longest run as a share of its week, if you show that.",
    "when you agreed to what you usually run being seen",
)
FITS_ME = Switch(
    "fits_me",
    "Count me in “Fits me”",
    "Runners who look for a group read “5 or more members run your pace” if enough of you do: counted once a week, in "
    "steps, without names.",
    "when you agreed to be counted in what the directory says of the group",
)
COUNT_PRIVATE = Switch(
    "count_private",
    "Count my “Only You” runs",
    "Where a challenge allows it they count in your total, which members see; the runs themselves are shown to nobody.",
    "when you agreed that “Only You” runs count where a challenge allows it",
)
NUDGES = Switch(
    "nudges",
    "Members may nudge me",
    "Members can send you a nudge to go for a run; nobody else sees it.",
    "when you agreed to be nudged",
)
MISSING = Switch(
    "missing",
    "I may be named as missing",
    "When your team or the group waits for a run of yours, members may read your name there.",
    "when you agreed to be named as missing",
)
OUTSIDE = Switch(
    "outside",
    "Show me outside the group’s pages",
    "People who see the group’s wall, its channels, cards of other members or its programs see your name and place "
    "there, and no more than members do.",
    "when you agreed to be shown outside the group's pages",
)
PUBLIC_TOTALS = Switch(
    "public_totals",
    "Count me in public totals",
    "Everybody may read sums of the whole group with your share in them, without names.",
    "when you agreed to be counted in public totals",
)

# In the order of the page.
SWITCHES = (LONGEST, USUAL_WEEK, COUNT_PRIVATE, FITS_ME, NUDGES, MISSING, OUTSIDE, PUBLIC_TOTALS)
# The two that a form without a version of its text knows, from before there were others.
FIRST_SWITCHES = (LONGEST, FITS_ME)
