"""Whom a message pings: users and roles named in its text, and the author that it replies to."""

from __future__ import annotations

import re

from .entities import Message, Role, User
from .errors import Json
from .permissions import permissions_of

_REPLY = 19


def resolve(message: Message, allowed: Json | None) -> None:
    """Set the mentions of a message from its text; without `allowed` (allowed_mentions) all may be pinged."""
    users, roles = _nameable(message)
    named_users = [key for key in _ids(r"<@!?(\d+)>", message) if key in users]
    named_roles = [key for key in _ids(r"<@&(\d+)>", message) if key in roles]
    message.mentions = [users[key] for key in named_users if _is_allowed(allowed, "users", key)]
    message.role_mentions = [roles[key] for key in named_roles if _is_allowed(allowed, "roles", key)]
    message.mentions_everyone = _pings_everyone(message, allowed)
    _add_author_replied_to(message, allowed)


def _nameable(message: Message) -> tuple[dict[int, User], dict[int, Role]]:
    guild = message.channel.guild
    if guild is None:
        return {user.id: user for user in message.channel.recipients}, {}
    return {key: member.user for key, member in guild.members.items()}, guild.roles


def _ids(pattern: str, message: Message) -> list[int]:
    return list(dict.fromkeys(int(key) for key in re.findall(pattern, message.content)))


def _pings_everyone(message: Message, allowed: Json | None) -> bool:
    is_named = "@everyone" in message.content or "@here" in message.content
    may_ping = permissions_of(message.author, message.channel).mention_everyone
    return is_named and may_ping and (allowed is None or "everyone" in (allowed.get("parse") or []))


def _add_author_replied_to(message: Message, allowed: Json | None) -> None:
    if message.reference is None or message.type != _REPLY:
        return
    author = message.reference.author
    is_new = author is not message.author and author not in message.mentions
    if is_new and (allowed is None or allowed.get("replied_user")):
        message.mentions.append(author)


def _is_allowed(allowed: Json | None, what: str, key: int) -> bool:
    if allowed is None or what in (allowed.get("parse") or []):
        return True
    return key in {int(each) for each in allowed.get(what) or []}
