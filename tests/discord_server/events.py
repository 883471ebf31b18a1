"""What the gateway tells its sessions: an event, and which sessions may hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from . import payloads
from .errors import Json

if TYPE_CHECKING:
    from .guilds import Channel, Guild

# The last word of an event's name → the intent that asks for it, in guilds ("guild_") and elsewhere ("dm_").
_MESSAGE_INTENTS = {"MESSAGE": "messages", "MESSAGE_REACTION": "reactions", "TYPING": "typing"}
_GUILD_INTENTS = {
    "GUILD_MEMBER": "members",
    "GUILD_BAN": "moderation",
    "GUILD_EMOJIS": "emojis_and_stickers",
    "WEBHOOKS": "webhooks",
    "PRESENCE": "presences",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatch. With a `channel` it is told only while the bot can see that channel.

    Sessions without the intent `full_intent` get the `reduced` payload if there is one.
    """

    name: str
    payload: Json
    guild: Guild | None = None
    channel: Channel | None = None
    reduced: Json | None = None
    full_intent: str = "message_content"
    is_about_bot: bool = False

    @property
    def intent(self) -> str | None:
        """Return the intent that a session needs to hear of this, None if every session does."""
        if self.name == "INTERACTION_CREATE" or self.is_about_bot:
            return None
        subject = self.name.rsplit("_", 1)[0]
        for prefix in ("MESSAGE_REACTION", "MESSAGE", "TYPING"):
            if subject.startswith(prefix):
                return ("dm_" if self.guild is None else "guild_") + _MESSAGE_INTENTS[prefix]
        return next((i for prefix, i in _GUILD_INTENTS.items() if subject.startswith(prefix)), "guilds")

    def payload_for(self, intents: discord.Intents) -> Json:
        """Return the payload as a session with these intents gets it."""
        if self.reduced is None or getattr(intents, self.full_intent):
            return self.payload
        return self.reduced


def guild_create(guild: Guild, *, is_joined: bool) -> Event:
    """Return the event by which the bot comes to know a guild: on joining it, or after READY.

    Without the presences intent Discord lists only the bot itself, and the client asks for the others.
    """
    body = payloads.guild_create(guild) | ({} if is_joined else {"unavailable": False})
    reduced = {**body, "members": [payloads.member(guild.bot)]}
    return Event("GUILD_CREATE", body, guild, reduced=reduced, full_intent="presences")
