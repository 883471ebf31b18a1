"""What can happen to reactions."""

from __future__ import annotations

import unicodedata

from . import payloads
from .entities import Emoji, Message, Reaction, User
from .errors import DiscordError, Json
from .events import Event
from .messages import refuse_archived
from .permissions import require


def add(user: User, message: Message, key: str) -> None:
    """Add a reaction; a new emoji needs ADD_REACTIONS, one that is there only to see the history."""
    emoji = parse_emoji(message, key)
    reaction = message.reaction(emoji)
    require(user, message.channel, "read_message_history", *([] if reaction else ["add_reactions"]))
    refuse_archived(message.channel)
    if user.is_bot and message.author.has_blocked_bot:
        raise DiscordError(403, 90001, "Reaction was blocked")
    if reaction is None:
        if len(message.reactions) >= 20:
            raise DiscordError(400, 30010, "Maximum number of reactions reached (20)")
        reaction = Reaction(emoji, [])
        message.reactions.append(reaction)
    if user not in reaction.users:
        reaction.users.append(user)
        _announce("MESSAGE_REACTION_ADD", message, **_details(user, message, emoji), **_member(user, message))


def remove(actor: User, message: Message, key: str, owner: User) -> None:
    """Remove the owner's reaction: one's own, or with MANAGE_MESSAGES another's."""
    emoji = parse_emoji(message, key)
    require(actor, message.channel, *([] if owner is actor else ["manage_messages"]))
    refuse_archived(message.channel)
    reaction = message.reaction(emoji)
    if reaction is None or owner not in reaction.users:
        return
    reaction.users.remove(owner)
    if not reaction.users:
        message.reactions.remove(reaction)
    _announce("MESSAGE_REACTION_REMOVE", message, **_details(owner, message, emoji))


def clear(actor: User, message: Message, key: str | None = None) -> None:
    """Remove all reactions, or all with one emoji."""
    require(actor, message.channel, "manage_messages")
    if key is None:
        message.reactions.clear()
        _announce("MESSAGE_REACTION_REMOVE_ALL", message)
        return
    emoji = parse_emoji(message, key)
    message.reactions = [each for each in message.reactions if each.emoji != emoji]
    _announce("MESSAGE_REACTION_REMOVE_EMOJI", message, emoji=payloads.emoji(emoji))


def parse_emoji(message: Message, key: str) -> Emoji:
    """Return the emoji meant by a unicode emoji or ``name:id``. Raises: DiscordError 10014."""
    name, _, emoji_id = key.rpartition(":")
    guild = message.channel.guild
    if name and emoji_id.isdigit() and guild is not None and int(emoji_id) in guild.emojis:
        return guild.emojis[int(emoji_id)]
    if not key or any(_is_letter(character) for character in key):
        raise DiscordError(400, 10014, "Unknown Emoji")
    return Emoji(key)


def _is_letter(character: str) -> bool:
    is_latin = character.isascii() and (character.isalpha() or character in ":_ ")
    return is_latin or unicodedata.category(character) == "Lo"


def _details(user: User, message: Message, emoji: Emoji) -> Json:
    return {
        "user_id": str(user.id),
        "emoji": payloads.emoji(emoji),
        "type": 0,
        "burst": False,
        "message_author_id": str(message.author.id),
    }


def _member(user: User, message: Message) -> Json:
    guild = message.channel.guild
    return {} if guild is None else {"member": payloads.member(guild.members[user.id])}


def _announce(name: str, message: Message, **details: object) -> None:
    channel = message.channel
    body = {"message_id": str(message.id), **payloads.place(channel), **details}
    channel.server.gateway.dispatch(Event(name, body, channel.guild, channel))
