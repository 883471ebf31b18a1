"""What a member says against the flag of their own message, and what became of it. Pure.

`bot.storage.members` keeps appeals, `bot.cogs.members` takes them. Until it is answered, the case of an appeal is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import CloseReason
from bot.domain.cases import ActKind, Case, CaseState

MAX_WORDS = 1000  # characters
MOST_A_DAY = 3  # of a member in a guild


class AppealState(StrEnum):
    """How far an appeal is."""

    OPEN = "open"
    ANSWERED = "answered"  # by moderators; `Appeal.outcome` says how
    EDITED = "edited"  # the message, so that it is no longer flagged: nothing is left to appeal against
    EXPIRED = "expired"  # nobody has decided within the time for which texts are kept
    ERASED = "erased"  # at the wish of the author


class NoticeState(StrEnum):
    """Whether the member was told of the outcome in a direct message."""

    PENDING = "pending"
    SENT = "sent"
    REFUSED = "refused"  # they take no direct messages from the bot


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal. Words and author are None once they were erased; `language` is the one it was made in."""

    id: int
    case_id: int
    guild_id: int
    author_id: int | None
    words: str | None
    language: str
    state: AppealState
    created_at: datetime
    outcome: ActKind | None = None
    ended_at: datetime | None = None
    notice: NoticeState | None = None


class AppealProblem(StrEnum):
    """Why an appeal is not taken."""

    UNKNOWN = "unknown"  # no such case, or not theirs: nobody learns which
    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_FLAGGED = "not_flagged"
    IS_OPEN = "is_open"
    WAS_DECIDED = "was_decided"
    TOO_MANY = "too_many"


class AppealError(Exception):
    """An appeal is not taken."""

    def __init__(self, problem: AppealProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def obstacle_to(case: Case, earlier: Appeal | None) -> AppealProblem | None:
    """Return why the author of a case cannot appeal, None if they can.

    A case whose message or text is gone can be appealed all the same: what was done about it stands.
    """
    if earlier is not None:
        return AppealProblem.IS_OPEN if earlier.state is AppealState.OPEN else AppealProblem.WAS_DECIDED
    if case.ended is CloseReason.EDITED or case.state is CaseState.FALSE_ALARM:
        return AppealProblem.NOT_FLAGGED
    return None


def check_words(words: str) -> str:
    """Return what a member says, as it is kept.

    Raises:
        AppealError: It is empty, or too long.
    """
    stripped = words.strip()
    if not stripped:
        raise AppealError(AppealProblem.EMPTY)
    if len(stripped) > MAX_WORDS:
        raise AppealError(AppealProblem.TOO_LONG)
    return stripped
