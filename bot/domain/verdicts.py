"""What the policy makes of a prediction. Pure: no Discord, no database, no clock.

`bot.services.pipeline` decides with it; `bot.storage.verdicts` stores the verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.automatic import Thresholds
from bot.domain.messages import IncomingMessage
from model.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Acting:
    """What is done about flagged messages: a reaction under them, an alert in a log channel.

    `takes_back`: what was done earlier is changed or taken back when its message changes.
    """

    reacts: bool = True
    alerts: bool = True
    takes_back: bool = True

    def __and__(self, other: Acting) -> Acting:
        """Return what both do."""
        return Acting(self.reacts and other.reacts, self.alerts and other.alerts, self.takes_back and other.takes_back)


EVERYTHING = Acting()
NOTHING = Acting(reacts=False, alerts=False, takes_back=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is flagged, and what is done about it.

    A message is flagged from a P(negative) of `threshold`, in (0, 1], as one version of the model judges it.
    """

    threshold: float
    model_version: str
    acting: Acting = NOTHING
    automatic: Thresholds = ()  # what is done besides, about a message that has just been written


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a message, and by which policy. `is_empty`: nothing was left to judge."""

    message: IncomingMessage
    prediction: Prediction
    is_flagged: bool
    policy: Policy
    is_empty: bool = False


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


def is_flagged(prediction: Prediction, threshold: float, reading: str) -> bool:
    """Tell whether a text is flagged: its P(negative) reaches the threshold, and the network was given something."""
    return prediction.negative_probability >= threshold and reading != ""


def decide(message: IncomingMessage, reading: str, prediction: Prediction, policy: Policy) -> Verdict:
    """Return the verdict of a message, of which the network was given `reading`.

    An edit may leave nothing to judge. It gets a verdict all the same, which takes back the flag of its older text.
    """
    return Verdict(message, prediction, is_flagged(prediction, policy.threshold, reading), policy, not reading)


def is_due(verdict: Verdict, judged_revision: int | None) -> bool:
    """Tell whether a verdict is to be stored, given the newest revision of its message that has one.

    One of nothing is due only where something stood: most often it is an emoji, or a picture without words.
    """
    if judged_revision is None:
        return not verdict.is_empty
    return verdict.message.revision > judged_revision


def bears_flag(was_flagged: bool, is_right: bool | None, is_flagged: bool) -> bool:
    """Tell whether a message bears the flag of its older verdict when a new one comes.

    The flag of what a moderator called a false alarm is gone: a new text that is flagged needs its own.
    """
    return was_flagged and not (is_flagged and is_right is False)
