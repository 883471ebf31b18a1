"""What the policy makes of a prediction, and what is to be done about it. Pure: no Discord, no database, no clock.

`bot.pipeline` decides with it; `bot.storage.database` stores the verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from model.classifier import Prediction
from model.text import clean


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as it was at one revision. Knows no Discord type.

    `revision` is the time of the last edit in milliseconds since 1970, 0 for a message never edited.
    """

    message_id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    content: str
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What is flagged: P(negative) in (0, 1] from which a message is, as judged by one version of the model."""

    threshold: float
    model_version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a message, and by which policy."""

    message: IncomingMessage
    prediction: Prediction
    is_flagged: bool
    threshold: float
    model_version: str


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict as the database holds it. `text` and `author_id` are None unless it is flagged and not erased."""

    message_id: int
    revision: int
    guild_id: int | None
    channel_id: int
    author_id: int | None
    probability: float  # P(positive) in [0, 1]
    threshold: float
    is_flagged: bool
    model_version: str
    text: str | None
    created_at: datetime
    erased_at: datetime | None


class ActionKind(StrEnum):
    """What can be done because of a verdict."""

    REACT = "react"
    ALERT = "alert"
    UNREACT = "unreact"
    CLOSE_ALERT = "close_alert"


def decide(message: IncomingMessage, prediction: Prediction, policy: Policy) -> Verdict:
    """Flag a message whose P(negative) reaches the threshold and which says something.

    An edit may leave nothing to judge. It gets a verdict all the same, which takes back the flag of its older text.
    """
    is_flagged = prediction.negative_probability >= policy.threshold and is_judgeable(message.content)
    return Verdict(message, prediction, is_flagged, policy.threshold, policy.model_version)


def plan_actions(is_flagged: bool, was_flagged: bool, *, log_channel: bool) -> tuple[ActionKind, ...]:
    """Return what a verdict asks for, given whether the message was flagged before."""
    match was_flagged, is_flagged:
        case False, True:
            return (ActionKind.REACT, ActionKind.ALERT) if log_channel else (ActionKind.REACT,)
        case True, False:
            return (ActionKind.UNREACT, ActionKind.CLOSE_ALERT)
        case _:
            return ()


def is_judgeable(content: str) -> bool:
    """Tell whether cleaning leaves something besides spaces."""
    return bool(clean(content).strip())
