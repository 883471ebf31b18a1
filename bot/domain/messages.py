"""A message as it comes in, whatever front end it comes through."""

from __future__ import annotations

from dataclasses import dataclass

from model.reading.read import read_message


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as it was at one revision. Knows no Discord type.

    `revision` is the time of the last edit in milliseconds since 1970, 0 for a message never edited. `parent_ids` are
    the channel of a thread and the category, the nearest first.
    """

    message_id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    content: str
    revision: int = 0
    parent_ids: tuple[int, ...] = ()


def is_judgeable(content: str) -> bool:
    """Tell whether something is left to judge without markup, emoji and other scripts."""
    return bool(read_message(content))
