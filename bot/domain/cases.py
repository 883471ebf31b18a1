"""What moderators work on: a case for each flagged message, numbered in its guild, and what was done about it. Pure.

`bot.storage.cases` keeps them, `bot.cogs.shared.case_embeds` shows them, `bot.cogs.cases` works on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.actions import CloseReason
from bot.domain.automatic import Automatic
from bot.domain.verdicts import StoredVerdict

if TYPE_CHECKING:
    from bot.domain.members.appeals import Appeal

MAX_REASON = 400  # characters; Discord's audit log takes 512, in which case and moderator are named, too
MAX_REPLY = 1500
MAX_NOTE = 500
RECORD_DAYS = 30  # for which it is counted how often an author was flagged
TIMEOUTS = (10, 60, 6 * 60, 24 * 60, 7 * 24 * 60)  # minutes


class CaseState(StrEnum):
    """How far a case is."""

    OPEN = "open"
    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    CLOSED = "closed"  # without a decision


class ActKind(StrEnum):
    """What can be done about a case: by moderators, and, from `MESSAGE_DELETED` to `FLAGGED_AGAIN`, by Jigi itself.

    Where a guild has agreed to it, Jigi itself deletes, times out and replies, too.
    """

    RIGHT = "right"
    FALSE_ALARM = "false_alarm"
    CLOSE = "close"
    REOPEN = "reopen"
    DELETE = "delete"  # the message
    TIMEOUT = "timeout"  # for its author
    REPLY = "reply"  # to the message
    NOTE = "note"
    SKIP = "skip"  # in one's own queue
    MESSAGE_DELETED = "message_deleted"
    MESSAGE_EDITED = "message_edited"  # so that it is no longer flagged
    EXPIRED = "expired"
    FLAGGED_AGAIN = "flagged_again"  # after an edit
    APPEAL = "appeal"  # by the author of the message
    ERASED = "erased"  # at the wish of the author; by a moderator, if they have asked one for it
    UNDO = "undo"  # what Jigi has done by itself
    REFUSED = "refused"  # what Jigi would have done by itself, or was to undo


DECISIONS = {True: ActKind.RIGHT, False: ActKind.FALSE_ALARM}
STATES = {
    ActKind.RIGHT: CaseState.RIGHT,
    ActKind.FALSE_ALARM: CaseState.FALSE_ALARM,
    ActKind.CLOSE: CaseState.CLOSED,
    ActKind.REOPEN: CaseState.OPEN,
    ActKind.FLAGGED_AGAIN: CaseState.OPEN,
    ActKind.APPEAL: CaseState.OPEN,
}
ENDS = {
    CloseReason.DELETED: ActKind.MESSAGE_DELETED,
    CloseReason.EDITED: ActKind.MESSAGE_EDITED,
    CloseReason.EXPIRED: ActKind.EXPIRED,
}
ON_DISCORD = (ActKind.DELETE, ActKind.TIMEOUT, ActKind.REPLY)  # begun, done on Discord, and then noted as done
ONCE = (ActKind.DELETE, ActKind.TIMEOUT)  # of which a second one is told who was first
AUTOMATIC_ACTS = tuple(ActKind(kind) for kind in Automatic)


def permission_for(kind: ActKind) -> str:
    """Return which permission an act takes, as discord.py calls it."""
    return "moderate_members" if kind is ActKind.TIMEOUT else "manage_messages"


@dataclass(frozen=True, slots=True)
class Case:
    """A flagged message as moderators work on it.

    `ended` says why nobody can any more: the message is gone, harmless by now, or its time is over. `author_id` is None
    once the time is over. `folded_into` is the number of the case whose alert stands for this one's. `is_appealed`: its
    author has appealed, and nobody has decided of that; then it can be decided also after its end.
    """

    id: int
    guild_id: int
    number: int
    message_id: int
    channel_id: int
    author_id: int | None
    state: CaseState
    ended: CloseReason | None
    created_at: datetime
    folded_into: int | None = None
    is_appealed: bool = False

    @property
    def can_be_settled(self) -> bool:
        """Whether moderators can say something of it."""
        return self.ended is None or self.is_appealed

    @property
    def acts(self) -> tuple[ActKind, ...]:
        """What moderators are offered to do. Who wrote a message can be timed out after it was deleted, too."""
        if self.ended is not None:
            answers = (ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE) if self.is_appealed else ()
            is_known = self.ended is CloseReason.DELETED and self.author_id is not None
            return (*answers, ActKind.TIMEOUT) if is_known else answers
        if self.state is CaseState.CLOSED:
            return (ActKind.REOPEN,)
        return (
            ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE, ActKind.REPLY, ActKind.DELETE, ActKind.TIMEOUT
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseAct:
    """What was done about a case. `by` is None where Jigi did it itself; `minutes` are those of a timeout.

    `reply_id` is the message of a reply that Jigi has sent by itself; `refusal` says what was refused, and why.
    """

    id: int
    kind: ActKind
    by: int | None
    at: datetime
    reason: str | None = None
    minutes: int | None = None
    is_done: bool = True
    reply_id: int | None = None
    refusal: str | None = None  # an act and a `Refusal`, with a space between

    @property
    def is_automatic(self) -> bool:
        """Whether Jigi has done by itself what else moderators do."""
        return self.by is None and self.kind in AUTOMATIC_ACTS


@dataclass(frozen=True, slots=True)
class Record:
    """How often an author was flagged in the last `RECORD_DAYS`, and how often a moderator called that right."""

    n_flagged: int = 0
    n_right: int = 0


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that is known of it. `n_folded` others are counted in its alert, `n_open` of which are open."""

    case: Case
    verdict: StoredVerdict
    acts: tuple[CaseAct, ...] = ()  # the oldest first
    record: Record = Record()
    n_folded: int = 0
    n_open: int = 0
    appeal: Appeal | None = None

    def as_ended(self, reason: CloseReason) -> CaseFile:
        """Return the file as an alert shows it that is closed, whatever has become of the case since."""
        case, verdict = replace(self.case, ended=reason, is_appealed=False), replace(self.verdict, text=None)
        return replace(self, case=case, verdict=verdict, appeal=None)

    @property
    def automatic(self) -> tuple[CaseAct, ...]:
        """What Jigi has done by itself."""
        return tuple(act for act in self.acts if act.is_automatic and act.is_done)

    @property
    def is_deleted_by_jigi(self) -> bool:
        """Whether the message is gone because Jigi has deleted it: its text is kept here, for a moderator to judge."""
        return any(act.kind is ActKind.DELETE for act in self.automatic)

    @property
    def offered(self) -> tuple[ActKind, ...]:
        """What moderators are offered to do."""
        gone = (ActKind.DELETE, ActKind.REPLY) if self.is_deleted_by_jigi else ()
        acts = tuple(kind for kind in self.case.acts if kind not in gone)
        may_undo = self.case.ended in (None, CloseReason.DELETED) and self.automatic and not self.last(ActKind.UNDO)
        return (*acts, ActKind.UNDO) if may_undo else acts

    def require(self, kind: ActKind) -> None:
        """Refuse what a moderator cannot do on Discord any more.

        Raises:
            CaseEndedError, DoneBeforeError, ObstacleError: The case is over, it was done before, or nothing is left.
        """
        if self.case.ended is not None and kind not in self.case.acts:
            raise CaseEndedError(self.case.ended)
        earlier = next((a for a in self.acts if a.kind is kind and (kind is not ActKind.TIMEOUT or a.by)), None)
        if kind in ONCE and earlier is not None:  # a timeout of Jigi's own may be followed by a person's
            raise DoneBeforeError(earlier)
        if kind is ActKind.REPLY and self.is_deleted_by_jigi:
            raise ObstacleError("message_gone")

    def last(self, *kinds: ActKind) -> CaseAct | None:
        """Return the newest act of some kinds."""
        return next((act for act in reversed(self.acts) if act.kind in kinds), None)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases of a guild are listed. `by`: those that a moderator has worked on; `since`: opened after."""

    state: CaseState | None = None
    channel_id: int | None = None
    author_id: int | None = None
    by: int | None = None
    since: datetime | None = None
    folded_into: int | None = None  # the number of the case they were folded into


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases, each with its newest verdict; `n_cases` is how many there are on all pages."""

    cases: list[tuple[Case, StoredVerdict]]
    n_cases: int


class CaseError(Exception):
    """Something cannot be done about a case."""


class NoSuchCaseError(CaseError):
    """The guild has no case of that number."""


class CaseEndedError(CaseError):
    """Nothing can be done about the case any more."""

    def __init__(self, reason: CloseReason) -> None:
        super().__init__(reason)
        self.reason = reason


class DoneBeforeError(CaseError):
    """Somebody was faster."""

    def __init__(self, act: CaseAct) -> None:
        super().__init__(act.kind)
        self.act = act


class ObstacleError(CaseError):
    """Something stands in the way, on Discord or in what was typed: `key` names the sentence, `fields` fill it in."""

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields
