"""What became of a training. Whatever it is, a version serves: the new one, or the one before.

`bot.retraining` returns it, `bot.training_report` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.storage.versions import Version
from model.gate import Gate


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


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no candidate, or it could not be stored; the version before goes on serving."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody stopped it; the version before goes on serving."""


Outcome = Published | Refused | Failed | Cancelled
