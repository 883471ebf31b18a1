"""The objects as Discord sends them. Trap: many keys must be left out rather than be null."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from .entities import Attachment, Emoji, Message, Overwrite, Reaction, Role, User
from .errors import Json
from .permissions import permissions_of
from .snowflakes import created_at

if TYPE_CHECKING:
    from .guilds import Channel, Guild
    from .members import Member
    from .webhooks import Webhook


def user(of: User) -> Json:
    """Return a user object."""
    return {
        "id": str(of.id),
        "username": of.name,
        "discriminator": of.discriminator,
        "global_name": None if of.is_bot else of.name,
        "avatar": None,
        "bot": of.is_bot,
        "public_flags": 0,
    }


def role(of: Role) -> Json:
    """Return a role object."""
    return {
        "id": str(of.id),
        "name": of.name,
        "permissions": str(of.permissions.value),
        "position": of.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": of.is_managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def emoji(of: Emoji) -> Json:
    """Return an emoji object; the id of a unicode emoji is null."""
    return {"id": None if of.id is None else str(of.id), "name": of.name, "animated": False}


def partial_member(of: Member) -> Json:
    """Return a member object without its user, as message events carry it."""
    return {
        "roles": [str(each.id) for each in of.roles],
        "nick": of.nick,
        "avatar": None,
        "joined_at": of.joined_at.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": _moment(of.timed_out_until),
    }


def member(of: Member) -> Json:
    """Return a member object."""
    return {**partial_member(of), "user": user(of.user)}


def member_event(of: Member) -> Json:
    """Return the payload of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE."""
    return {**member(of), "guild_id": str(of.guild.id)}


def overwrite(of: Overwrite) -> Json:
    """Return a permission overwrite."""
    return {
        "id": str(of.target_id),
        "type": int(of.is_member),
        "allow": str(of.allow.value),
        "deny": str(of.deny.value),
    }


def channel(of: Channel) -> Json:
    """Return a channel object of any type."""
    body: Json = {"id": str(of.id), "type": of.type, "last_message_id": _newest(of)}
    if of.guild is None:
        others = [each for each in of.recipients if each is not of.server.bot_user]
        return {**body, "recipients": [user(each) for each in others]}
    body |= {
        "guild_id": str(of.guild.id),
        "name": of.name,
        "parent_id": None if of.parent is None else str(of.parent.id),
        "rate_limit_per_user": of.slowmode_seconds,
        "flags": 0,
    }
    return body | (_thread_fields(of) if of.is_thread else _guild_channel_fields(of))


def deleted_thread(of: Channel) -> Json:
    """Return the payload of a THREAD_DELETE, which is less than the thread."""
    parent_id = None if of.parent is None else str(of.parent.id)
    guild_id = None if of.guild is None else str(of.guild.id)
    return {"id": str(of.id), "guild_id": guild_id, "parent_id": parent_id, "type": of.type}


def guild(of: Guild) -> Json:
    """Return a guild object as REST gives it."""
    return {
        "id": str(of.id),
        "name": of.name,
        "icon": None,
        "splash": None,
        "owner_id": str(of.owner_id),
        "roles": [role(each) for each in of.roles.values()],
        "emojis": [emoji(each) for each in of.emojis.values()],
        "stickers": [],
        "features": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": of.locale,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
    }


def guild_create(of: Guild) -> Json:
    """Return the payload of a GUILD_CREATE, with all members."""
    bot = of.server.bot_user
    return {
        **guild(of),
        "joined_at": of.bot.joined_at.isoformat(),
        "large": len(of.members) > 250,
        "member_count": len(of.members),
        "members": [member(each) for each in of.members.values()],
        "channels": [channel(each) for each in of.channels.values() if not each.is_thread],
        "threads": [channel(each) for each in of.threads if permissions_of(bot, each).view_channel],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment(of: Attachment) -> Json:
    """Return an attachment object."""
    body: Json = {
        "id": str(of.id),
        "filename": of.filename,
        "size": len(of.data),
        "url": of.url,
        "proxy_url": of.url,
        "content_type": of.content_type,
        "ephemeral": of.is_ephemeral,
    }
    if of.description is not None:
        body["description"] = of.description
    if of.dimensions is not None:
        body["width"], body["height"] = of.dimensions
    return body


def message(of: Message, *, reads_content: bool = True) -> Json:
    """Return a message object; its content is blank if the bot may not read it."""
    is_blank = not reads_content and not _is_content_exempt(of)
    body: Json = {
        "id": str(of.id),
        "channel_id": str(of.channel.id),
        "type": of.type,
        "author": user(of.author),
        "content": "" if is_blank else of.content,
        "embeds": [] if is_blank else of.embeds,
        "attachments": [] if is_blank else [attachment(a) for a in of.attachments if not a.is_embedded],
        "components": [] if is_blank else of.components,
        "reactions": [_reaction(each, of.channel.server.bot_user) for each in of.reactions],
        "mentions": [user(each) for each in of.mentions],
        "mention_roles": [str(each.id) for each in of.role_mentions],
        "mention_everyone": of.mentions_everyone,
        "timestamp": created_at(of.id).isoformat(),
        "edited_timestamp": _moment(of.edited_at),
        "flags": of.flags,
        "pinned": of.pinned_at is not None,
        "tts": False,
    }
    return body | _optional_message_fields(of) | _reference_fields(of, reads_content)


def snapshot(of: Message) -> Json:
    """Return what a forward carries of a message: its content, without its author."""
    kept = (
        "type", "content", "embeds", "attachments", "components", "timestamp", "edited_timestamp", "flags",
        "mentions", "mention_roles",
    )  # fmt: skip
    whole = message(of)
    return {key: whole[key] for key in kept}


def poll(question: str, answers: Sequence[str], expiry: datetime | None) -> Json:
    """Return a poll as messages carry it; `expiry` is null in one that never ends."""
    options = [{"answer_id": i, "poll_media": {"text": text}} for i, text in enumerate(answers, 1)]
    return {
        "question": {"text": question},
        "answers": options,
        "expiry": _moment(expiry),
        "allow_multiselect": False,
        "layout_type": 1,
    }


def message_event(of: Message, *, reads_content: bool = True) -> Json:
    """Return the payload of MESSAGE_CREATE and MESSAGE_UPDATE: in guilds the author's member comes along."""
    body = message(of, reads_content=reads_content) | place(of.channel)
    author = of.channel.guild.members.get(of.author.id) if of.channel.guild else None
    return body if author is None else {**body, "member": partial_member(author)}


def place(of: Channel) -> Json:
    """Return the ids that say where an event happened; guild_id is absent in direct messages."""
    body = {"channel_id": str(of.id)}
    return body if of.guild is None else {**body, "guild_id": str(of.guild.id)}


def typing(where: Channel, who: User) -> Json:
    """Return the payload of TYPING_START."""
    body = {**place(where), "user_id": str(who.id), "timestamp": int(time.time())}
    is_member = where.guild is not None and who.id in where.guild.members
    return {**body, "member": member(where.guild.members[who.id])} if where.guild and is_member else body


def webhook(of: Webhook) -> Json:
    """Return the object of a channel's webhook."""
    return {
        "id": str(of.id),
        "type": 1,
        "name": of.name,
        "avatar": None,
        "token": of.token,
        "application_id": None,
        **place(of.channel),
    }


def _reaction(of: Reaction, viewer: User) -> Json:
    n_users = len(of.users)
    return {
        "emoji": emoji(of.emoji),
        "count": n_users,
        "count_details": {"normal": n_users, "burst": 0},
        "me": viewer in of.users,
        "me_burst": False,
        "burst_colors": [],
    }


def _optional_message_fields(of: Message) -> Json:
    fields: Json = {
        "nonce": of.nonce,
        "webhook_id": of.webhook_id and str(of.webhook_id),
        "application_id": of.application_id and str(of.application_id),
        "interaction_metadata": of.interaction,
        "poll": of.poll,
        "message_snapshots": [{"message": of.snapshot}] if of.snapshot else None,
        "thread": of.thread and channel(of.thread),
    }
    return {key: value for key, value in fields.items() if value is not None}


def _reference_fields(of: Message, reads_content: bool) -> Json:
    to = of.reference
    if to is None:
        return {}
    if of.snapshot is not None:  # a forward shows what the message was, not what it has become
        return {"message_reference": {"type": 1, "message_id": str(to.id), **place(to.channel)}}
    return {
        "message_reference": {"type": 0, "message_id": str(to.id), **place(to.channel)},
        "referenced_message": None if to.is_deleted else message(to, reads_content=reads_content),
    }


def _is_content_exempt(of: Message) -> bool:
    """Tell whether every bot may read it: its own message, one that mentions it, a direct message."""
    bot = of.channel.server.bot_user
    return of.author is bot or bot in of.mentions or of.channel.guild is None


def _thread_fields(of: Channel) -> Json:
    created = created_at(of.id).isoformat()
    return {
        "owner_id": str(of.owner.id) if of.owner else "0",
        "message_count": len(of.messages),
        "member_count": len(of.thread_members),
        "total_message_sent": len(of.messages),
        "applied_tags": [],
        "thread_metadata": {
            "archived": of.is_archived,
            "locked": of.is_locked,
            "invitable": True,
            "auto_archive_duration": of.auto_archive_minutes,
            "archive_timestamp": created,
            "create_timestamp": created,
        },
    }


def _guild_channel_fields(of: Channel) -> Json:
    return {
        "position": of.position,
        "topic": of.topic,
        "nsfw": False,
        "permission_overwrites": [overwrite(each) for each in of.overwrites.values()],
        "available_tags": [],
        "bitrate": 64000,
        "user_limit": 0,
    }


def _newest(of: Channel) -> str | None:
    newest = of.messages.newest_id
    return None if newest is None else str(newest)


def _moment(of: datetime | None) -> str | None:
    return None if of is None else of.isoformat()
