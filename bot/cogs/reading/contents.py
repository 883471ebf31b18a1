"""What people see of a message: its own words, those it forwards, the title of a post, a poll, a long paste."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import discord

_log = logging.getLogger(__name__)

TEXT_FILE = "message.txt"  # Discord's own turn of a paste that is too long
MAX_FILE = 64 * 2**10  # bytes that are read of it
_READ_WITHIN = 10.0  # seconds


def content_of(message: discord.Message) -> str:
    """Return all that a message says, one part a line. Does not wait; `text_file_of` has what must be fetched."""
    if not message.message_snapshots and message.poll is None and message.id != message.channel.id:
        return message.content
    return "\n".join(filter(None, _parts(message)))


def _parts(message: discord.Message) -> Iterator[str]:
    if message.id == message.channel.id and isinstance(message.channel, discord.Thread):
        yield message.channel.name  # the first message of a forum's post has the id of its thread
    yield message.content
    for snapshot in message.message_snapshots:
        yield snapshot.content
    if message.poll is not None:
        yield message.poll.question or ""
        yield from (answer.text or "" for answer in message.poll.answers)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A paste that Discord has turned into a file."""

    attachment: discord.Attachment

    async def read(self) -> str:
        """Return its text; "" if it cannot be had: what stands beside it is judged all the same."""
        try:
            async with asyncio.timeout(_READ_WITHIN):
                content = await self.attachment.read()
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.warning("The text attached to a message could not be read: %s", error)
            return ""
        return content[:MAX_FILE].decode("utf-8", "replace")


def text_file_of(message: discord.Message) -> TextFile | None:
    """Return the paste that is attached to a message, if it is not too large to be one."""
    for attachment in message.attachments:
        if attachment.filename == TEXT_FILE and attachment.size <= MAX_FILE:
            return TextFile(attachment)
    return None
