"""What a user may do in a channel, computed as Discord documents it: roles first, then overwrites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from .errors import missing_access, missing_permissions

if TYPE_CHECKING:
    from .entities import Overwrite, User
    from .guilds import Channel, Guild
    from .members import Member

EVERYONE = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
    add_reactions=True,
    read_message_history=True,
    use_application_commands=True,
    use_external_emojis=True,
)
BOT_INVITE = discord.Permissions(
    EVERYONE.value,
    manage_messages=True,
    pin_messages=True,
    manage_threads=True,
    manage_webhooks=True,
    moderate_members=True,
)
_IN_DIRECT_MESSAGES = discord.Permissions(EVERYONE.value, pin_messages=True)
_IN_TIMEOUT = discord.Permissions(view_channel=True, read_message_history=True)


def permissions_in_guild(member: Member) -> discord.Permissions:
    """Return the member's permissions before any channel's overwrites."""
    if member.user is member.guild.owner.user:
        return discord.Permissions.all()
    value = member.guild.everyone.permissions.value
    for role in member.roles:
        value |= role.permissions.value
    granted = discord.Permissions(value)
    return discord.Permissions.all() if granted.administrator else granted


def permissions_of(user: User, channel: Channel) -> discord.Permissions:
    """Return the user's permissions in the channel; none without VIEW_CHANNEL."""
    if channel.guild is None:
        return _IN_DIRECT_MESSAGES if user in channel.recipients else discord.Permissions.none()
    member = channel.guild.members.get(user.id)
    if member is None:
        return discord.Permissions.none()
    granted = permissions_in_guild(member)
    if not granted.administrator:
        granted = _with_overwrites(granted, member, channel.parent if channel.is_thread else channel)
        if member.is_timed_out:
            granted &= _IN_TIMEOUT
    return granted if granted.view_channel else discord.Permissions.none()


def require(user: User, channel: Channel, *names: str) -> None:
    """Refuse with 403 unless the user sees the channel and has all the named permissions there."""
    granted = permissions_of(user, channel)
    if not granted.view_channel:
        raise missing_access()
    for name in names:
        wanted = "send_messages_in_threads" if name == "send_messages" and channel.is_thread else name
        if not getattr(granted, wanted):
            raise missing_permissions()


def require_in_guild(user: User, guild: Guild, *names: str) -> None:
    """Refuse with 403 unless the user is in the guild and has all the named permissions there."""
    member = guild.members.get(user.id)
    if member is None:
        raise missing_access()
    granted = permissions_in_guild(member)
    if not all(getattr(granted, name) for name in names):
        raise missing_permissions()


def require_rank_above(user: User, target: Member) -> None:
    """Refuse with 403 if the target is the guild's owner or stands as high as the user."""
    guild = target.guild
    if user is guild.owner.user:
        return
    if target is guild.owner or target.top_position >= guild.members[user.id].top_position:
        raise missing_permissions()


def _with_overwrites(
    granted: discord.Permissions,
    member: Member,
    channel: Channel | None,
) -> discord.Permissions:
    if channel is None:
        return granted
    stages = [[member.guild.id], [role.id for role in member.roles], [member.id]]
    for ids in stages:
        granted = _overwritten(granted, [channel.overwrites[key] for key in ids if key in channel.overwrites])
    return granted


def _overwritten(granted: discord.Permissions, overwrites: list[Overwrite]) -> discord.Permissions:
    """Deny, then allow: among roles one that allows wins over another that denies."""
    allow = deny = 0
    for overwrite in overwrites:
        allow |= overwrite.allow.value
        deny |= overwrite.deny.value
    return discord.Permissions((granted.value & ~deny) | allow)
