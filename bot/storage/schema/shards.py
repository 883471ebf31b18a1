"""Which process of the bot holds which shard, and when the next may begin a session."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table

from bot.storage.schema.columns import metadata

# Times are seconds since 1970 by the database's clock: processes on several machines would not agree on theirs.
shard_leases = Table(
    "shard_leases",
    metadata,
    Column("shard_id", Integer, primary_key=True, autoincrement=False),
    Column("n_shards", Integer, nullable=False),
    Column("holder", String(32), nullable=False),  # a process' name for itself, at random
    Column("held_until", Float, nullable=False),
    info={"is_passing": True},
)

# Discord lets so many sessions begin within five seconds (max_concurrency): one row for each.
identify_turns = Table(
    "identify_turns",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("free_at", Float, nullable=False),
    info={"is_passing": True},
)
