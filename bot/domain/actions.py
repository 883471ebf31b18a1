"""What is to be done because of a verdict, and what became of it. Pure.

`bot.storage.outbox` keeps the actions, `bot.services.pipeline` has the front end's `Handler` do them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.automatic import Automatic, planned
from bot.domain.troubles import Trouble
from bot.domain.verdicts import Acting, StoredVerdict, Verdict


class ActionKind(StrEnum):
    """What can be done because of a verdict."""

    REACT = "react"
    ALERT = "alert"
    UNREACT = "unreact"
    UPDATE_ALERT = "update_alert"  # an edit of the message changed what it shows
    CLOSE_ALERT = "close_alert"
    TELL_AUTHOR = "tell_author"  # what moderators have decided of an appeal
    AUTO_REPLY = "auto_reply"
    AUTO_TIMEOUT = "auto_timeout"
    AUTO_DELETE = "auto_delete"
    UNDO = "undo"  # what Jigi has done by itself


AUTOMATIC = {
    ActionKind.AUTO_REPLY: Automatic.REPLY,
    ActionKind.AUTO_TIMEOUT: Automatic.TIMEOUT,
    ActionKind.AUTO_DELETE: Automatic.DELETE,
}
OF_ACTS = frozenset({*AUTOMATIC, ActionKind.UNDO})  # who does them finds out whether they are still to be done


def plan_actions(is_flagged: bool, was_flagged: bool, acting: Acting) -> tuple[ActionKind, ...]:
    """Return what a verdict asks for, given whether the message bears a flag already.

    Taking back is planned whatever is done about new ones: the settings may have changed since.
    """
    match was_flagged, is_flagged:
        case True, _ if not acting.takes_back:
            return ()
        case False, True:
            return (ActionKind.REACT,) * acting.reacts + (ActionKind.ALERT,) * acting.alerts
        case True, True:
            return (ActionKind.UPDATE_ALERT,)
        case True, False:
            return (ActionKind.UNREACT, ActionKind.CLOSE_ALERT)
        case _:
            return ()


def plan_automatic(verdict: Verdict) -> tuple[ActionKind, ...]:
    """Return what Jigi does by itself because of the first verdict of a message: never about history or an edit.

    Only where there are alerts, in which moderators see it and undo it.
    """
    policy, message = verdict.policy, verdict.message
    if not (verdict.is_flagged and policy.automatic and message.is_live and policy.acting.alerts) or message.revision:
        return ()
    due = planned(verdict.prediction.negative_probability, policy.threshold, policy.automatic)
    return tuple(kind for kind, automatic in AUTOMATIC.items() if automatic in due)


class ActionState(StrEnum):
    """How far an action is. Dropped: what it was for was erased or taken back before it was done."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


class CloseReason(StrEnum):
    """Why an alert is closed."""

    DELETED = "deleted"  # the message
    EDITED = "edited"  # the message, and it is no longer flagged
    EXPIRED = "expired"  # the time for which its text is kept
    ERASED = "erased"  # at the wish of its author
    APPEALED = "appealed"  # the appeal has an alert of its own


@dataclass(frozen=True, slots=True)
class PendingAction:
    """Something to do.

    `verdict`, of id `verdict_id`, is the newest of its message. To change an alert the other fields say which and why.
    """

    id: int
    kind: ActionKind
    verdict: StoredVerdict
    verdict_id: int = 0
    created_at: datetime = datetime.min
    n_tries: int = 0  # that have failed so far
    alert_channel_id: int | None = None
    alert_message_id: int | None = None
    close_reason: CloseReason | None = None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What an action left behind: where the alert is that it sent."""

    alert_channel_id: int | None = None
    alert_message_id: int | None = None


NO_RESULT = ActionResult()


class ActionFailed(Exception):
    """An action cannot be done, now or later. The message says why, and is recorded."""


class ActionDelayed(Exception):
    """An action cannot be done now. The message says why.

    `is_refused`: until somebody grants a permission; otherwise an outage or a limit, which passes by itself.
    """

    def __init__(self, reason: str, *, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.is_refused = is_refused


class Lane(StrEnum):
    """What goes to one place of Discord in order: marks, alerts, changes of these, acts, and direct messages."""

    MARKS = "marks"
    ALERTS = "alerts"
    CHANGES = "changes"
    NOTICES = "notices"
    ACTS = "acts"


LANES = {
    ActionKind.REACT: Lane.MARKS,
    ActionKind.UNREACT: Lane.MARKS,
    ActionKind.ALERT: Lane.ALERTS,
    ActionKind.UPDATE_ALERT: Lane.CHANGES,
    ActionKind.CLOSE_ALERT: Lane.CHANGES,
    ActionKind.TELL_AUTHOR: Lane.NOTICES,
    **dict.fromkeys(OF_ACTS, Lane.ACTS),
}


@dataclass(frozen=True, slots=True)
class Route:
    """Actions that are done one after the other, apart from all others.

    `place` is a channel for marks, changes and acts, a guild for alerts and notices: each guild waits for its own.
    """

    lane: Lane
    place: int


def route_of(kind: ActionKind, guild_id: int | None, channel_id: int) -> Route:
    """Return the route of an action: `channel_id` is where it is done, but for what the whole guild waits for."""
    lane = LANES[kind]
    return Route(lane, (guild_id or 0) if lane in (Lane.ALERTS, Lane.NOTICES) else channel_id)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in a lane, and since when. `is_put_off`: until it is tried again."""

    lane: Lane
    is_put_off: bool
    n: int
    oldest: datetime


class Handler(Protocol):
    """The front end's side of the outbox."""

    def tell(self, trouble: Trouble) -> None:
        """Tell a guild what is wrong in it. Never waits itself."""

    async def act(self, action: PendingAction) -> ActionResult:
        """Do an action. After a crash the same action may come again.

        Raises:
            ActionFailed: It cannot be done.
            ActionDelayed: It cannot be done now.
        """
