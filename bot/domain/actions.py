"""What is to be done because of a verdict, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.verdicts import StoredVerdict


class ActionKind(StrEnum):
    """What can be done because of a verdict."""

    REACT = "react"
    ALERT = "alert"
    UNREACT = "unreact"
    CLOSE_ALERT = "close_alert"


def plan_actions(is_flagged: bool, was_flagged: bool, *, log_channel: bool) -> tuple[ActionKind, ...]:
    """Return what a verdict asks for, given whether the message was flagged before."""
    match was_flagged, is_flagged:
        case False, True:
            return (ActionKind.REACT, ActionKind.ALERT) if log_channel else (ActionKind.REACT,)
        case True, False:
            return (ActionKind.UNREACT, ActionKind.CLOSE_ALERT)
        case _:
            return ()


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


@dataclass(frozen=True, slots=True)
class PendingAction:
    """Something to do. `verdict` is the newest of its message; for `close_alert` the other fields say what and why."""

    id: int
    kind: ActionKind
    verdict: StoredVerdict
    alert_channel_id: int | None = None
    alert_message_id: int | None = None
    close_reason: CloseReason | None = None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What an action left behind: where the alert is that it sent."""

    alert_channel_id: int | None = None
    alert_message_id: int | None = None


class ActionFailed(Exception):
    """An action cannot be done, now or later. The message says why, and is recorded."""
