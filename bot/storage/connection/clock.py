"""What time it is, for what several machines have to agree on: a server's clock, not each one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Interval, func, literal
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import UtcDateTime


def now(connection: AsyncConnection, seconds: float = 0.0) -> ColumnElement[datetime]:
    """Return the present time, or that in some seconds, to compare with a column."""
    later = timedelta(seconds=seconds)
    if connection.dialect.name == "sqlite":  # a file is on one machine
        return literal(datetime.now(UTC) + later, UtcDateTime)
    return func.clock_timestamp() + literal(later, Interval)
