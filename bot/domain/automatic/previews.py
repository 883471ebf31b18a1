"""What would have been done by itself of late: by that a guild agrees to it, or does not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PREVIEW = timedelta(days=7)
FEWEST_MESSAGES = 100  # judged within it, to agree by
AGREEMENT_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would have been done of late.

    `n_messages` were judged by the model that serves; the others count those from the threshold up: how many there were
    in each channel, how many authors they had, how many a moderator called a false alarm, or right.
    """

    n_messages: int
    by_channel: Mapping[int, int]
    n_authors: int
    n_right: int
    n_false_alarms: int
    examples: tuple[Example, ...] = ()

    @property
    def n_done(self) -> int:
        """How often it would have been done."""
        return sum(self.by_channel.values())

    @property
    def is_enough(self) -> bool:
        """Whether enough was judged to agree by it."""
        return self.n_messages >= FEWEST_MESSAGES


@dataclass(frozen=True, slots=True)
class Example:
    """A message about which something would have been done; the text of one whose text is kept."""

    channel_id: int
    message_id: int
    negative_probability: float
    is_right: bool | None
    text: str | None
    created_at: datetime
