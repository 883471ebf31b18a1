"""What moderators say of alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.cases import CaseAct


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision. `is_example`: the text was taken as an example, too.

    `earlier` is what somebody had said of the case before: if it was the same, theirs is kept.
    """

    is_right: bool
    is_example: bool
    earlier: CaseAct | None = field(default=None, compare=False)


class OutdatedAlertError(Exception):
    """The message was edited, and its alert does not show that yet: nobody decides of a text they have not seen."""


@dataclass(frozen=True, slots=True)
class Score:
    """How messages were judged, and what a moderator said of them (None: nothing).

    Several messages are one score where they were judged nearly alike, by at most 0.0001: then `negative_probability`
    is the highest of them, and `created_at` the first.
    """

    negative_probability: float
    created_at: datetime
    is_right: bool | None
    was_flagged: bool
    n_messages: int = 1
