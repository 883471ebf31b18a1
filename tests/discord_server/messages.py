"""What can happen to messages: members' actions and the bot's REST calls both end here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from . import mentions, payloads
from .entities import EPHEMERAL, LOADING, Attachment, Message, Upload, User
from .errors import DiscordError, Json, invalid_form
from .events import Event
from .limits import COMPONENTS_V2, check_message
from .permissions import permissions_of, require
from .snowflakes import created_at

if TYPE_CHECKING:
    from .guilds import Channel

DEFAULT, PINNED, REPLY, COMMAND, THREAD_STARTER = 0, 6, 19, 20, 21
FORWARD = 1 << 14
LONGEST_CONTENT = 2000
_NOTICES = (PINNED, THREAD_STARTER)
_OLDEST_BULK_DELETE = timedelta(days=14)


def send(
    author: User,
    channel: Channel,
    body: Json,
    uploads: Sequence[Upload] = (),
    *,
    sent_at: datetime | None = None,
) -> Message:
    """Post a message as a member does: with the permissions it needs, and never twice under one nonce."""
    require(author, channel, "send_messages", *_needs(body, uploads))
    if not channel.holds_messages:
        raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
    if not all(user.accepts_direct_messages for user in channel.recipients):
        raise DiscordError(403, 50007, "Cannot send messages to this user")
    if author is channel.server.bot_user and channel.guild is None and not _has_guild_in_common(channel):
        raise DiscordError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
    if channel.is_locked and not permissions_of(author, channel).manage_threads:
        raise DiscordError(400, 50083, "Thread is archived")
    if (earlier := _sent_under_nonce(author, channel, body)) is not None:
        return earlier
    message = post(author, channel, body, uploads, sent_at=sent_at)
    if message.nonce is not None:
        channel.nonces[author.id, message.nonce] = (time.monotonic(), message)
    return message


def _has_guild_in_common(channel: Channel) -> bool:
    """Tell whether everybody in a channel of direct messages is in one of the bot's guilds."""
    return any(all(user.id in guild.members for user in channel.recipients) for guild in channel.server.guilds_of_bot)


def post(
    author: User,
    channel: Channel,
    body: Json,
    uploads: Sequence[Upload] = (),
    *,
    kind: int = DEFAULT,
    sent_at: datetime | None = None,
    message_id: int | None = None,
    reference: Message | None = None,
    webhook_id: int | None = None,
    interaction: Json | None = None,
    invoker: User | None = None,
) -> Message:
    """Store a message whoever its author is, and announce it unless it is ephemeral."""
    check_message(body, uploads)
    reference = reference or _replied_to(channel, body)
    message = Message(
        id=message_id or channel.server.snowflakes.make(sent_at),
        channel=channel,
        author=author,
        type=REPLY if reference is not None and kind == DEFAULT and "snapshot" not in body else kind,
        flags=body.get("flags") or 0,
        nonce=None if body.get("nonce") is None else str(body["nonce"]),
        reference=reference,
        webhook_id=webhook_id,
        application_id=webhook_id if interaction else None,
        interaction=interaction,
        invoker=invoker,
        snapshot=body.get("snapshot"),
        poll=body.get("poll"),
    )
    if kind not in _NOTICES and not message.is_loading:
        _refuse_empty(message, body, uploads)
    _fill(message, {"content": "", **body}, uploads)
    if not message.is_ephemeral:
        channel.messages[message.id] = message
        channel.is_archived = False
        announce("MESSAGE_CREATE", message)
    return message


def forward(author: User, message: Message, channel: Channel) -> Message:
    """Forward a message into a channel, as it is now."""
    require(author, message.channel, "read_message_history")
    require(author, channel, "send_messages")
    body = {"snapshot": payloads.snapshot(message), "flags": FORWARD}
    return post(author, channel, body, reference=message)


def edit(author: User, message: Message, body: Json, uploads: Sequence[Upload] = ()) -> None:
    """Change an own message; what the body leaves out stays."""
    require(author, message.channel)
    refuse_archived(message.channel)
    if message.author is not author:
        raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
    change(message, body, uploads)


def change(message: Message, body: Json, uploads: Sequence[Upload] = ()) -> None:
    """Change a message whoever asks, and announce it; filling in a deferred answer is no edit."""
    check_message(body, uploads)
    _refuse_empty(message, body, uploads)
    if message.is_loading:
        message.flags &= ~LOADING
    else:
        message.edited_at = datetime.now(UTC)
        message.edits.append(body)
    if "flags" in body:
        message.flags = ((body["flags"] or 0) & ~EPHEMERAL) | (message.flags & EPHEMERAL)
    _fill(message, body, uploads)
    announce("MESSAGE_UPDATE", message)


def delete(actor: User, doomed: Sequence[Message]) -> None:
    """Delete one message, own or with MANAGE_MESSAGES, or several in bulk."""
    channel = doomed[0].channel
    if len(doomed) > 1 or doomed[0].author is not actor:
        require(actor, channel, "manage_messages")
    require(actor, channel)
    if len(doomed) > 1 and any(_is_too_old_for_bulk(message) for message in doomed):
        raise DiscordError(400, 50034, "A message provided was too old to bulk delete")
    discard(*doomed)


def discard(*doomed: Message) -> None:
    """Remove messages of one channel whoever asks, and announce it."""
    channel = doomed[0].channel
    for message in doomed:
        message.is_deleted = True
        channel.messages.discard(message.id)
    if doomed[0].is_ephemeral:
        return
    ids = [str(message.id) for message in doomed]
    name, key = ("MESSAGE_DELETE", {"id": ids[0]}) if len(ids) == 1 else ("MESSAGE_DELETE_BULK", {"ids": ids})
    channel.server.gateway.dispatch(Event(name, {**key, **payloads.place(channel)}, channel.guild, channel))


def pin(actor: User, message: Message, is_pinned: bool) -> None:
    """Pin or unpin a message; a pin is followed by a notice in the channel."""
    channel = message.channel
    require(actor, channel, "pin_messages")
    if (message.pinned_at is not None) == is_pinned:
        return
    message.pinned_at = datetime.now(UTC) if is_pinned else None
    announce("MESSAGE_UPDATE", message)
    newest = channel.pins[0].pinned_at if channel.pins else None
    pins = {**payloads.place(channel), "last_pin_timestamp": newest and newest.isoformat()}
    channel.server.gateway.dispatch(Event("CHANNEL_PINS_UPDATE", pins, channel.guild, channel))
    if is_pinned:
        post(actor, channel, {}, kind=PINNED, reference=message)


def announce(name: str, message: Message) -> None:
    """Tell the bot of a new or changed message, without its content if the intent is missing."""
    if message.is_ephemeral:
        message.channel.server.notice_change()
        return
    full, reduced = (payloads.message_event(message, reads_content=reads) for reads in (True, False))
    channel = message.channel
    channel.server.gateway.dispatch(Event(name, full, channel.guild, channel, reduced))


def refuse_archived(channel: Channel) -> None:
    """Refuse what an archived thread does not let anybody do, whatever their permissions."""
    if channel.is_archived:
        raise DiscordError(400, 50083, "Thread is archived")


def _needs(body: Json, uploads: Sequence[Upload]) -> list[str]:
    wanted = {
        "embed_links": bool(body.get("embeds")),
        "attach_files": bool(uploads),
        "read_message_history": bool(body.get("message_reference")),
    }
    return [name for name, is_needed in wanted.items() if is_needed]


def _sent_under_nonce(author: User, channel: Channel, body: Json) -> Message | None:
    if not body.get("enforce_nonce"):
        return None
    sent_at, message = channel.nonces.get((author.id, str(body.get("nonce"))), (float("-inf"), None))
    return message if time.monotonic() - sent_at < channel.server.nonce_seconds else None


def _replied_to(channel: Channel, body: Json) -> Message | None:
    wanted = body.get("message_reference")
    if not wanted:
        return None
    found = channel.messages.get(int(wanted["message_id"]))
    if found is None and wanted.get("fail_if_not_exists", True):
        raise invalid_form({"message_reference": ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")})
    return found


def _fill(message: Message, body: Json, uploads: Sequence[Upload]) -> None:
    """Put what the body says into the message."""
    if "content" in body:
        message.content = (body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = list(body["embeds"] or [])
    if "components" in body:
        message.components = list(body["components"] or [])
    message.attachments = list(_kept(message, body))
    _attach(message, body, uploads)
    if "content" in body:
        mentions.resolve(message, body.get("allowed_mentions"))


def _attach(message: Message, body: Json, uploads: Sequence[Upload]) -> None:
    """Keep the uploads; one that an embed shows as attachment://name gets its real address there."""
    described = {str(each.get("id")): each.get("description") for each in body.get("attachments") or []}
    for index, upload in enumerate(uploads):
        description = upload.description or described.get(str(index))
        attachment = message.channel.server.state.keep_file(message.channel.id, upload, description)
        attachment.is_ephemeral = message.is_ephemeral
        message.attachments.append(attachment)
        message.embeds = [_showing(embed, attachment) for embed in message.embeds]


def _showing(embed: Json, attachment: Attachment) -> Json:
    shown = {}
    for key in ("image", "thumbnail"):
        if embed.get(key, {}).get("url") == f"attachment://{attachment.filename}":
            attachment.is_embedded = True
            shown[key] = {**embed[key], "url": attachment.url, "proxy_url": attachment.url}
    return {**embed, **shown}


def _refuse_empty(message: Message, body: Json, uploads: Sequence[Upload]) -> None:
    """Refuse a body that would leave nothing to show; asked before anything changes."""
    text = (body.get("content", message.content) or "").strip()
    embeds = body.get("embeds", message.embeds)
    flags = body.get("flags", message.flags) or 0
    layout = flags & COMPONENTS_V2 and body.get("components", message.components)
    if not (text or embeds or uploads or layout or message.snapshot or message.poll or _kept(message, body)):
        raise DiscordError(400, 50006, "Cannot send an empty message")


def _kept(message: Message, body: Json) -> list[Attachment]:
    """Return the attachments that survive an edit: all, unless it lists those to keep."""
    if "attachments" not in body:
        return message.attachments
    listed = {int(each["id"]) for each in body["attachments"] or []}
    return [each for each in message.attachments if each.id in listed or each.is_embedded]


def _is_too_old_for_bulk(message: Message) -> bool:
    return datetime.now(UTC) - created_at(message.id) > _OLDEST_BULK_DELETE
