"""What a training says of itself on its pipe: one JSON object a line, `event` its kind.

`model.training` says it, `model.commands.progress` shows it, `bot.services.child` reads it from a child process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from model.gate import Gate


class Event(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True, kw_only=True):
    """Anything that is said."""


class TeacherEvent(Event, frozen=True, tag="teacher"):
    """The teacher is being asked about the rows to learn; `share` is its part in their targets, in [0, 1]."""

    share: float


class BatchEvent(Event, frozen=True, tag="batch"):
    """A batch is done, at most one a second is told; epochs and batches count from 1. `accuracy` is in [0, 1]."""

    epoch: int
    n_epochs: int
    batch: int
    n_batches: int
    loss: float | None = None
    accuracy: float | None = None


class EpochEvent(Event, frozen=True, tag="epoch"):
    """An epoch is done. What is validated on says the training that reports it."""

    epoch: int
    n_epochs: int
    n_batches: int
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None


class DoneEvent(Event, frozen=True, tag="done"):
    """The version is published in its folder; `gate` is what it was judged by, if there was one to judge it beside."""

    version: str
    threshold: float
    metrics: dict[str, Any] = {}  # msgspec copies it for each event
    gate: Gate | None = None


class FailedEvent(Event, frozen=True, tag="failed"):
    """It failed; `error` names the kind of error (`VersionError`), of which standard error says more."""

    error: str


Report = Callable[[Event], None]

_DECODER = msgspec.json.Decoder(TeacherEvent | BatchEvent | EpochEvent | DoneEvent | FailedEvent)


def encode(event: Event) -> str:
    """Return an event as one line of JSON; figures that are NaN become null."""
    document: dict[str, Any] = msgspec.to_builtins(event)
    if isinstance(event, DoneEvent):
        document["gate"] = event.gate.as_json() if event.gate else None
    return msgspec.json.encode(document).decode()


def decode(line: bytes | str) -> Event | None:
    """Return the event of a line, or None: a library may print something of its own between."""
    try:
        event: Event = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return event
