"""What the tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator

metadata = MetaData()

JSON_OR_NULL = JSON(none_as_null=True)
ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is called INTEGER

NO_DIGEST = b""  # of what is not kept: a digest would confirm whoever guesses it


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite knows no time zones: what it hands back gets its own again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a time into what is stored."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what is stored into a time."""
        return value.replace(tzinfo=UTC) if value else None
