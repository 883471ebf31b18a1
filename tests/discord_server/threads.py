"""Opening threads: from a message, on their own, or as posts of a forum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import messages, payloads
from .entities import Message, Upload, User
from .errors import DiscordError, Json
from .events import Event
from .permissions import require

if TYPE_CHECKING:
    from .guilds import Channel

_PUBLIC_THREAD, _FORUM = 11, 15


def start(
    author: User,
    parent: Channel,
    body: Json,
    message: Message | None = None,
    first: Json | None = None,
    uploads: Sequence[Upload] = (),
) -> Channel:
    """Open a thread, from a message if one is given; `first` is the body of its first message."""
    require(author, parent, "send_messages" if parent.type == _FORUM else "create_public_threads")
    if parent.type == _FORUM and not first:
        raise DiscordError(400, 50006, "Cannot send an empty message")
    if message is not None and message.thread is not None:
        raise DiscordError(400, 160004, "A thread has already been created for this message")
    thread = _make(author, parent, body, message)
    if message is not None:
        message.thread = thread
        messages.announce("MESSAGE_UPDATE", message)
        messages.post(author, thread, {}, kind=messages.THREAD_STARTER, reference=message)
    if first:
        # A forum post and its first message share their id.
        messages.post(author, thread, first, uploads, message_id=thread.id if parent.type == _FORUM else None)
    return thread


def _make(author: User, parent: Channel, body: Json, message: Message | None) -> Channel:
    if parent.guild is None:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    # A thread shares the id of the message it is opened from.
    thread_id = message.id if message is not None else parent.server.snowflakes.make()
    thread = parent.guild.new_channel(thread_id, body.get("type") or _PUBLIC_THREAD, body["name"])
    thread.parent, thread.owner, thread.thread_members = parent, author, [author]
    thread.auto_archive_minutes = body.get("auto_archive_duration") or thread.auto_archive_minutes
    thread.slowmode_seconds = body.get("rate_limit_per_user") or 0
    payload = {**payloads.channel(thread), "newly_created": True}
    parent.server.gateway.dispatch(Event("THREAD_CREATE", payload, parent.guild, thread))
    return thread
