"""What Jigi holds of a member, as they are shown it and take it with them. Pure.

`bot.storage.members.privacy` finds and erases it, `bot.cogs.members.privacy` answers with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # by the table's name, each with its columns


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a member in one guild (None: in none, as of the console).

    `rows` are theirs, without who has worked on them and what moderators have noted. `n_texts` counts what is kept of
    their words, `n_as_staff` what they have done in the guild's name, which stays.
    """

    guild_id: int | None
    rows: Rows
    n_texts: int = 0
    n_as_staff: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing could be erased."""
        return not any(self.rows.values())

    @property
    def n_messages(self) -> int:
        """How many of their messages something is held of."""
        return len({row["message_id"] for rows in self.rows.values() for row in rows if row.get("message_id")})

    @property
    def n_cases(self) -> int:
        """How many of their messages were flagged."""
        return len(self.rows.get("cases", ()))

    @property
    def n_appeals(self) -> int:
        """How often they have appealed."""
        return len(self.rows.get("appeals", ()))

    @property
    def since(self) -> datetime | None:
        """When the oldest of it was stored."""
        times = (row.get("created_at") for rows in self.rows.values() for row in rows)
        return min((at for at in times if isinstance(at, datetime)), default=None)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: so many messages were a member's, in so many rows."""

    n_messages: int = 0
    n_rows: int = 0


def document(user_id: int, made_at: datetime, held: Sequence[tuple[Held, str | None]]) -> dict[str, Any]:
    """Return what a member takes with them, ready for JSON; each guild with its name, if it is known.

    Ids are texts: most programs read numbers of that size inexactly.
    """
    guilds = [
        {
            "guild_id": None if each.guild_id is None else str(each.guild_id),
            "guild": name,
            "actions_as_moderator": each.n_as_staff,
            **{table: [_plain(row) for row in rows] for table, rows in each.rows.items()},
        }
        for each, name in held
    ]
    return {"user_id": str(user_id), "made_at": made_at.isoformat(), "guilds": guilds}


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if name.endswith("_id") and isinstance(value, int) else value
