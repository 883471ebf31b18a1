"""What Jigi may do by itself about a flagged message, where a guild has agreed to it. Pure.

`bot.storage.cases.automatic` keeps what was done, `bot.cogs.moderation.automatic` does it, and
`bot.cogs.settings.automatic` lets guilds agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOST_AGE = timedelta(minutes=1)  # of a message about which something is begun
MINUTES = (10, 60, 6 * 60, 24 * 60)  # of a timeout: what is longer a person decides
MAX_WORDS = 300  # characters of a reply


class Automatic(StrEnum):
    """What can be done, called as the act of a moderator that does the same: `bot.domain.cases.ActKind`."""

    REPLY = "reply"
    TIMEOUT = "timeout"
    DELETE = "delete"  # the last: what was said to a message goes with it from sight


Thresholds = tuple[tuple[Automatic, float], ...]  # P(negative) from which each is done; what is off is left out


@dataclass(frozen=True, slots=True)
class Cap:
    """How often at most something is done: to one author in 24 hours, and in a guild within an hour.

    Nothing ever grows by itself: beyond a cap there is the case alone, and a person decides.
    """

    of_author: int
    of_guild: int


CAPS = {Automatic.REPLY: Cap(2, 20), Automatic.TIMEOUT: Cap(1, 10), Automatic.DELETE: Cap(5, 30)}


class Refusal(StrEnum):
    """Why something was not done, as the case shows it."""

    BOT_LACKS = "bot_lacks"  # a permission
    MEMBER_HIGHER = "member_higher"
    MEMBER_GONE = "member_gone"
    TIMED_OUT = "timed_out"  # already, and not by this
    CAP_AUTHOR = "cap_author"
    CAP_GUILD = "cap_guild"
    OUTAGE = "outage"
    OTHER = "other"


class NotDueError(Exception):
    """It is not to be done any more: somebody was faster, or the message is another by now."""


class CappedError(Exception):
    """It was done so often lately that a person is to decide."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def planned(negative_probability: float, threshold: float, automatic: Thresholds) -> tuple[Automatic, ...]:
    """Return what is done about a message that is flagged from `threshold` on.

    What does not take more than a flag does not happen at all: a threshold that was raised since leaves it resting. To
    a message that is deleted nobody replies.
    """
    kinds = tuple(kind for kind, least in automatic if negative_probability >= least > threshold)
    return tuple(each for each in kinds if each is not Automatic.REPLY) if Automatic.DELETE in kinds else kinds


def is_too_old(sent_at: datetime, now: datetime) -> bool:
    """Tell whether a message is history: about it nothing is begun."""
    return now - sent_at > MOST_AGE
