"""How guilds are shared out among the processes of one bot: Discord's shards, and who holds which. Pure."""

from __future__ import annotations

from dataclasses import dataclass

TIMESTAMP_BITS = 22  # below a snowflake's time: Discord shares guilds out by it


def shard_of(guild_id: int | None, n_shards: int) -> int:
    """Return the shard on which a guild's events come; direct messages come on the first."""
    return 0 if guild_id is None else (guild_id >> TIMESTAMP_BITS) % n_shards


@dataclass(frozen=True, slots=True)
class Holding:
    """The shards that a process holds, of so many."""

    n_shards: int
    ids: frozenset[int] = frozenset()

    def has(self, guild_id: int | None) -> bool:
        """Tell whether a guild is this process' to look after."""
        return shard_of(guild_id, self.n_shards) in self.ids


class ShardCountError(Exception):
    """Another process of the same bot shares guilds out among another number of shards."""

    def __init__(self, own: int, others: int) -> None:
        super().__init__(f"{own} shards here, {others} there")
        self.own, self.others = own, others
