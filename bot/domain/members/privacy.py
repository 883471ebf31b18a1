"""What is kept of what people wrote, in numbers: neither texts nor ids of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

GRACE_DAYS = 1  # expired texts are erased once a day


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is kept of a guild's people; of messages without a guild, those of the console, where there is no id."""

    guild_id: int | None
    retention_days: int
    has_own_retention: bool = False  # else the operator's
    n_texts: int = 0  # of flagged messages
    n_writers: int = 0  # people whom these are of
    oldest: datetime | None = None
    newest: datetime | None = None
    n_overdue: int = 0  # texts that should have been erased more than `GRACE_DAYS` ago
    n_known: int = 0  # people whose id is kept with a case, with or without a text
    n_examples: int = 0
    n_examples_of_messages: int = 0
    n_notes: int = 0  # what moderators wrote: notes, reasons, replies
    n_models: int = 0  # trained on the examples
    left_at: datetime | None = None  # when the bot has left the guild


@dataclass(frozen=True, slots=True)
class Seals:
    """How the texts of a column are stored."""

    column: str
    n_first: int = 0  # sealed with the first key
    n_older: int = 0  # with another that is there
    n_lost: int = 0  # with one that is not
    n_plain: int = 0

    @property
    def n(self) -> int:
        """How many texts there are."""
        return self.n_first + self.n_older + self.n_lost + self.n_plain


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """All that a database keeps."""

    at: datetime
    guilds: Sequence[Holdings]
    seals: Sequence[Seals]
    keys: Sequence[str]  # the fingerprints of those that are there, the first first
    lost_keys: Sequence[str]

    @property
    def n_overdue(self) -> int:
        """How many texts should have been erased."""
        return sum(each.n_overdue for each in self.guilds)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON knows it; times in UTC."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
