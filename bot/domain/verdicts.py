"""What the policy makes of a prediction, and what is to be done about it. Pure: no Discord, no database, no clock.

`bot.services.pipeline` decides with it; `bot.storage.database` stores the verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.messages import IncomingMessage, is_judgeable
from model.prediction import Prediction


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


def decide(message: IncomingMessage, prediction: Prediction, policy: Policy) -> Verdict:
    """Flag a message whose P(negative) reaches the threshold and which says something.

    An edit may leave nothing to judge. It gets a verdict all the same, which takes back the flag of its older text.
    """
    is_flagged = prediction.negative_probability >= policy.threshold and is_judgeable(message.content)
    return Verdict(message, prediction, is_flagged, policy.threshold, policy.model_version)
