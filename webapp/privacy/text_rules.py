"""The versions of the text that members of a group agree to, and what an older agreement still covers.

A text that is changed in any word is a new version, and members are asked again. Where it shows more than before of
what a level or a switch shows, the version says so: until a member has agreed to it, nothing is shown by that level or
switch. A new switch widens nothing, since it starts off.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.models.words import ConsentLevel
from webapp.privacy.rules import LEVELS
from webapp.privacy.switch_rules import MISSING, NUDGES, SWITCHES, USUAL_WEEK, Switch

Widened = ConsentLevel | Switch


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A version: its day, the levels and switches by which it shows more than before, and the digest of its words."""

    name: str
    digest: str
    widens: frozenset[Widened] = frozenset()


# The oldest first. An agreement to a text that is not listed counts as older than all of them.
TEXT_VERSIONS = (
    TextVersion("2026-11-30", "b13e9af6f990"),
    # "Why not me?" shows on which weekdays somebody runs.
    TextVersion("2026-11-30b", "92192c8ff5e3", frozenset({USUAL_WEEK})),
    # Chat channels exist now: they show less than the text before said, the first name and no figure.
    TextVersion("2026-11-30c", "5eb2a5e3456b"),
    # Nudges and naming who is missing exist now, by other people and for other reasons than the text before said.
    TextVersion("2026-12-01", "3e5d13adcbcd", frozenset({MISSING, NUDGES})),
)
# What members agree to now.
GROUP_CONSENT_VERSION = TEXT_VERSIONS[-1].name


def versions_that_cover(what: Widened, versions: Sequence[TextVersion] = TEXT_VERSIONS) -> frozenset[str] | None:
    """Return the versions by which a level or switch may be shown as it is now; None if any version will do."""
    widening = [place for place, version in enumerate(versions) if what in version.widens]
    return frozenset(version.name for version in versions[widening[-1] :]) if widening else None


def covers(version: str, what: Widened, versions: Sequence[TextVersion] = TEXT_VERSIONS) -> bool:
    """Return whether a member who agreed to `version` has agreed to what a level or switch shows now."""
    covering = versions_that_cover(what, versions)
    return covering is None or version in covering


def digest_of_texts(agreement: str) -> str:
    """Return the digest of what levels and switches say, and of the agreement below them: it changes with each word."""
    says = [f"{level}: {text.label}. {text.says}" for level, text in LEVELS.items()]
    says += [f"{switch.name}: {switch.label}. {switch.says}" for switch in SWITCHES]
    return hashlib.sha256("\n".join((*says, *agreement.split())).encode()).hexdigest()[:12]
