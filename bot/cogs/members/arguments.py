"""How members name a message: by its link, or its id."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.cogs.shared.case_embeds import LARGEST_ID

_ID = "[0-9]{15,20}"
_LINK = re.compile(
    rf"<?https?://(?:www[.]|ptb[.]|canary[.])?discord(?:app)?[.]com/channels/(?P<guild>{_ID}|@me)/{_ID}/(?P<message>{_ID})>?"
)
_PLAIN = re.compile(rf"(?:{_ID}-)?(?P<message>{_ID})")  # with shift, Discord copies channel and message


@dataclass(frozen=True, slots=True)
class Named:
    """A message that was named; `guild_id` only by a link, 0 for one of direct messages."""

    message_id: int
    guild_id: int | None = None


def read_message_name(written: str) -> Named | None:
    """Return which message is meant, None if that names none."""
    stripped = written.strip()
    if (link := _LINK.fullmatch(stripped)) is not None:
        guild_id = 0 if link["guild"] == "@me" else min(int(link["guild"]), LARGEST_ID)
        return Named(min(int(link["message"]), LARGEST_ID), guild_id)
    if (plain := _PLAIN.fullmatch(stripped)) is not None:
        return Named(min(int(plain["message"]), LARGEST_ID))
    return None
