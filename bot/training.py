"""What a training is asked to do. Pure: `bot.storage.trainings` remembers it, `bot.retraining` does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    """How a model is trained."""

    FINE_TUNE = "fine-tune"  # the serving version, taught the guild's examples: a minute
    FULL = "full"  # anew, on a public corpus and the examples: long


class CorpusName(StrEnum):
    """The corpora that `python -m model download` fetches."""

    NAVER_SHOPPING = "naver-shopping"
    NSMC = "nsmc"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A training that somebody asked for. `is_forced`: published even if a test of the gate fails."""

    guild_id: int
    requested_by: int
    mode: Mode = Mode.FINE_TUNE
    corpus: CorpusName | None = None
    seed: int = 42
    is_forced: bool = False
    channel_id: int | None = None  # where its progress is shown


@dataclass(frozen=True, slots=True)
class Training:
    """A training that has begun. `message_id` is the message that shows its progress."""

    id: int
    request: TrainingRequest
    started_at: datetime
    message_id: int | None = None


class BusyError(Exception):
    """Another training is running: the guild's own, or (`running` is None) one of another bot on this machine."""

    def __init__(self, running: Training | None) -> None:
        super().__init__("another training is running")
        self.running = running
