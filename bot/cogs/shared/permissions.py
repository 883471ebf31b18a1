"""Which permissions the bot needs for what, which of them it lacks, and what Discord's client calls them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord

from bot.localisation.texts import Texts

NEEDED_TO_READ = ("view_channel", "read_message_history", "add_reactions")
NEEDED_TO_ALERT = ("view_channel", "send_messages", "embed_links")
NEEDED_TO_ANSWER = ("send_messages", "send_messages_in_threads", "attach_files")
NEEDED_TO_ACT = ("manage_messages", "moderate_members")  # what moderators may have done by the buttons of an alert

_SCOPES = ("bot", "applications.commands")


def invited(*, to_act: bool = False) -> discord.Permissions:
    """Return what an invitation asks for: the least that Jigi works with, or also deleting and timing out."""
    names = {*NEEDED_TO_READ, *NEEDED_TO_ALERT, *NEEDED_TO_ANSWER, *(NEEDED_TO_ACT if to_act else ())}
    return discord.Permissions(**dict.fromkeys(names, True))


def invitation(application_id: int, *, to_act: bool = False) -> str:
    """Return the address that invites the bot; both READMEs show both."""
    return discord.utils.oauth_url(application_id, permissions=invited(to_act=to_act), scopes=_SCOPES)


def missing_permissions(channel: Any, needed: Iterable[str], me: discord.Member | None = None) -> list[str]:
    """Return those of the permissions that the bot lacks in a channel of a guild, by discord.py's names.

    `me` is the bot in that guild, which without a gateway the guild itself does not know.
    """
    granted = channel.permissions_for(me or channel.guild.me)
    return [name for name in (_in(channel, each) for each in needed) if not getattr(granted, name)]


def named(permissions: Iterable[str], texts: Texts) -> str:
    """Name permissions as Discord's client does in a language."""
    return ", ".join(texts(f"permission.{each}") for each in permissions)


def is_public(channel: Any) -> bool:
    """Tell whether everybody in the guild can read a channel."""
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        return False
    return channel.permissions_for(channel.guild.default_role).view_channel


def _in(channel: Any, permission: str) -> str:
    """Return the permission by which the same is allowed in a channel: threads have one of their own for writing."""
    is_thread = isinstance(channel, discord.Thread)
    return "send_messages_in_threads" if is_thread and permission == "send_messages" else permission
