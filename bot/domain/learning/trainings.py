"""What a training is asked to do, how far it is, and what becomes of it. Pure.

`bot.storage.learning.trainings` remembers trainings, `bot.services.learning.trainer` has them done, and
`bot.cogs.training` shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.learning.versions import Version
from model.errors import CorpusError, FinetuneError, ParityError, VersionError, WeightsError
from model.events import BatchEvent, EpochEvent, Event
from model.gate import Gate


class Mode(StrEnum):
    """How a version is made."""

    FINE_TUNE = "fine-tune"  # the serving version, taught the guild's examples: a minute
    FULL = "full"  # anew, on a public corpus and the examples: long
    IMPORT = "import"  # from an exported version


class CorpusName(StrEnum):
    """The corpora that `python -m model download` fetches."""

    NAVER_SHOPPING = "naver-shopping"
    NSMC = "nsmc"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How somebody wants a training to be."""

    mode: Mode = Mode.FINE_TUNE
    corpus: CorpusName | None = None
    is_forced: bool = False


_FORCES = {"force", "force:true", "force=true"}
_CORPUS = re.compile("corpus[:=](.+)")


def parse_options(words: str) -> TrainingOptions:
    """Read what stands behind `!retrain`: nothing, or `full corpus:nsmc force:true` in any order.

    Raises:
        ValueError: A word means nothing here.
    """
    options: dict[str, Any] = {}
    for word in words.lower().split():
        if word in (Mode.FINE_TUNE, Mode.FULL):
            options["mode"] = Mode(word)
        elif named := _CORPUS.fullmatch(word):
            options["corpus"] = CorpusName(named[1])
        elif word in _FORCES:
            options["is_forced"] = True
        elif word not in ("force:false", "force=false"):
            raise ValueError(word)
    return with_defaults(**options)


def with_defaults(
    mode: Mode | None = None, corpus: CorpusName | None = None, is_forced: bool = False
) -> TrainingOptions:
    """Return options in which a corpus asks for a full training, and that for a corpus."""
    mode = mode or (Mode.FULL if corpus else Mode.FINE_TUNE)
    return TrainingOptions(mode, (corpus or CorpusName.ALL) if mode is Mode.FULL else None, is_forced)


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
    """Another training is running: in this guild, in another one, or (None) by another bot on this machine."""

    def __init__(self, running: Training | None) -> None:
        super().__init__("another training is running")
        self.running = running


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    share: float  # of its epochs, in [0, 1]
    epoch: int
    n_epochs: int
    accuracy: float | None  # in [0, 1]

    @classmethod
    def from_event(cls, event: Event) -> Progress | None:
        """Read what `python -m model train` says, None if it tells nothing of the progress."""
        match event:
            case BatchEvent():
                n_done = event.epoch - 1 + event.batch / max(event.n_batches, 1)
            case EpochEvent():
                n_done = event.epoch
            case _:
                return None
        return cls(min(n_done / max(event.n_epochs, 1), 1.0), event.epoch, event.n_epochs, event.accuracy)

    def seconds_left(self, seconds: float) -> float | None:
        """Return how long it will go on if it goes on as in the `seconds` so far; None while that says too little."""
        return seconds * (1 - self.share) / self.share if self.share >= 0.05 else None


class TrainingState(StrEnum):
    """What became of a training."""

    RUNNING = "running"
    PUBLISHED = "published"
    REFUSED = "refused"  # by the gate
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # the bot died


class MissingPackagesError(Exception):
    """What training needs is not installed."""


class NothingToLearnError(Exception):
    """The guild has no examples that may be learned."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that a training made, and how it was judged. `picture` is a PNG of its learning curves, if any."""

    gate: Gate
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class Published:
    """The candidate serves."""

    candidate: Candidate
    version: Version


@dataclass(frozen=True, slots=True)
class Refused:
    """The candidate failed a test of the gate; the version before goes on serving."""

    candidate: Candidate


class FailureKind(StrEnum):
    """Why there is no candidate, as far as people can do something about it."""

    DAMAGED = "damaged"  # the version that was to be read
    NO_CORPUS = "no_corpus"
    NO_EXAMPLES = "no_examples"
    PACKAGES = "packages"
    MEMORY = "memory"
    SILENT = "silent"  # for too long
    KILLED = "killed"
    DISK = "disk"
    DATABASE = "database"
    PARITY = "parity"  # the export does not answer as the network
    OTHER = "other"

    @classmethod
    def of(cls, error: str) -> FailureKind:
        """Return the kind of an error by its name, as `model.events.FailedEvent` bears it."""
        return _KINDS_OF_ERRORS.get(error, cls.DISK if error.endswith(("OSError", "FileNotFoundError")) else cls.OTHER)


_KINDS_OF_ERRORS = {
    VersionError.__name__: FailureKind.DAMAGED, WeightsError.__name__: FailureKind.DAMAGED,
    CorpusError.__name__: FailureKind.NO_CORPUS, FinetuneError.__name__: FailureKind.NO_EXAMPLES,
    ParityError.__name__: FailureKind.PARITY, ModuleNotFoundError.__name__: FailureKind.PACKAGES,
    MemoryError.__name__: FailureKind.MEMORY, PermissionError.__name__: FailureKind.DISK,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no candidate, or it could not be stored; the version before goes on serving.

    People are told its kind in their language; `reason` is for the log and the database alone.
    """

    reason: str
    kind: FailureKind = FailureKind.OTHER


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody stopped it; the version before goes on serving."""


Outcome = Published | Refused | Failed | Cancelled
