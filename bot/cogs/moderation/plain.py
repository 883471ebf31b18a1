"""Read a plain message from what the gateway sends, without making discord.py's objects of it.

Most messages are a person's words and nothing else. What is not goes the usual way, by `bot.cogs.moderation.reader`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.messages import IncomingMessage

_TALK = (0, 19)  # Discord's types of a message that a person wrote: a message, a reply
_MORE_THAN_WORDS = ("attachments", "poll", "message_snapshots", "webhook_id", "edited_timestamp")


def plain_message(payload: Mapping[str, Any]) -> IncomingMessage | None:
    """Return the message of a MESSAGE_CREATE, None if there is more to it than a member's words.

    The first message of a forum's post, whose title counts, has the id of its channel.
    """
    get = payload.get
    author = payload["author"]
    if get("type") not in _TALK or author.get("bot") or not get("guild_id") or any(map(get, _MORE_THAN_WORDS)):
        return None
    if not payload["content"] or payload["id"] == payload["channel_id"]:
        return None
    return IncomingMessage(
        int(payload["id"]), int(payload["channel_id"]), int(payload["guild_id"]), int(author["id"]), payload["content"]
    )
