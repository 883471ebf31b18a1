"""Read a plain message from what the gateway sends, without making discord.py's objects of it.

Most messages are a member's words and nothing else. What is not goes the usual way, by `bot.cogs.reading.reader`,
which this module never contradicts: where it is not sure, it leaves the message to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord

from bot.cogs.reading.reader import Reader
from bot.cogs.shared.channels import parents_of
from bot.cogs.shared.types import Bot
from bot.domain.messages import IncomingMessage
from bot.services.settings import SettingsOfGuilds

_TALK = (0, 19)  # Discord's types of a message that a person wrote: a message, a reply
_MORE_THAN_WORDS = ("attachments", "poll", "message_snapshots", "webhook_id", "edited_timestamp")


class PlainReader:
    """Reads the payloads of MESSAGE_CREATE."""

    def __init__(self, bot: Bot, settings: SettingsOfGuilds, reader: Reader) -> None:
        self._bot, self._settings, self._reader = bot, settings, reader
        self._moderating: dict[int, frozenset[str]] = {}

    def channel_of(self, payload: Mapping[str, Any]) -> Any:
        """Return the channel of a plain message; None if there may be more to it, or to its author."""
        get, author = payload.get, payload["author"]
        if get("type") not in _TALK or author.get("bot") or any(map(get, _MORE_THAN_WORDS)) or not payload["content"]:
            return None
        guild = self._bot.get_guild(int(get("guild_id", 0)))
        channel = guild.get_channel_or_thread(int(payload["channel_id"])) if guild else None
        if channel is None or payload["id"] == payload["channel_id"]:  # a post's first message, whose title counts
            return None
        return None if self._may_be_exempt(channel, author["id"], get("member", {}).get("roles")) else channel

    def read(self, payload: Mapping[str, Any], channel: Any) -> IncomingMessage | None:
        """Return the plain message of a channel, None if that is not watched."""
        if not self._reader.is_watched(channel):
            return None
        ids = int(payload["id"]), channel.id, channel.guild.id, int(payload["author"]["id"])
        return IncomingMessage(*ids, payload["content"], 0, parents_of(channel), is_live=True)

    def forget_permissions(self) -> None:
        """Ask anew who moderates where: a role or a channel has changed."""
        self._moderating.clear()

    def _may_be_exempt(self, channel: Any, author_id: str, role_ids: list[str] | None) -> bool:
        settings = self._settings.of(channel.guild.id)
        if role_ids is None or settings.exempts(int(author_id), [int(each) for each in role_ids]):
            return True
        if channel.id not in self._moderating:
            self._moderating[channel.id] = _moderating(channel)
        moderating = self._moderating[channel.id]
        everyone = str(channel.guild.id)  # the role that all have
        return author_id in moderating or everyone in moderating or not moderating.isdisjoint(role_ids)


def _moderating(channel: Any) -> frozenset[str]:
    """Return the ids of roles and members that may manage messages in a channel, if nothing forbids it."""
    guild = channel.guild
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    roles = {role.id for role in guild.roles if role.permissions.administrator or role.permissions.manage_messages}
    here = (
        {target.id for target, overwrite in place.overwrites.items() if overwrite.manage_messages} if place else set()
    )
    return frozenset(map(str, roles | here | {guild.owner_id}))
