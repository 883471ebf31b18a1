"""Snowflakes: ids that carry the moment of their making, as Discord numbers everything."""

from __future__ import annotations

from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
_LOW_BITS = 22


class Snowflakes:
    """Make unique ids that grow with time."""

    def __init__(self) -> None:
        self._n_made = 0
        self._newest = 0

    def make(self, at: datetime | None = None) -> int:
        """Return a new id for now, or for an earlier moment `at`."""
        self._n_made += 1
        moment = at or datetime.now(UTC)
        first_of_moment = (int(moment.timestamp() * 1000) - DISCORD_EPOCH_MS) << _LOW_BITS
        if at is not None:
            return first_of_moment | (self._n_made % (1 << _LOW_BITS))
        self._newest = max(first_of_moment, self._newest + 1)
        return self._newest


def created_at(snowflake: int) -> datetime:
    """Return the moment in UTC that an id carries."""
    milliseconds = (snowflake >> _LOW_BITS) + DISCORD_EPOCH_MS
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
