"""A message as it comes in, whatever front end it comes through."""

from __future__ import annotations

import msgspec

from model.reading.read import read_message

UNREADABLE = "\ufffd"  # in place of a text that was stored sealed, and whose key is not there


class IncomingMessage(msgspec.Struct, frozen=True, gc=False):
    """A message as it was at one revision. Knows no Discord type.

    In a raid tens of thousands of them wait: made as a Struct, each takes a tenth of the time, and garbage collection,
    which would look through all of them again and again, passes them by. `revision` is the time of the last edit in
    milliseconds since 1970, 0 for a message never edited. `parent_ids` are the channel of a thread and the category,
    the nearest first. `is_live`: it came as it was written, and was not read from history or edited.
    """

    message_id: int
    channel_id: int
    guild_id: int | None
    author_id: int
    content: str
    revision: int = 0
    parent_ids: tuple[int, ...] = ()
    is_live: bool = False


def is_judgeable(content: str) -> bool:
    """Tell whether something is left to judge without markup, emoji and other scripts."""
    return bool(read_message(content))
