"""Files that people attach, read with a bound: what is declared of them is no more than a claim."""

from __future__ import annotations

import asyncio

import aiohttp
import discord

_CHUNK = 2**16  # bytes


class AttachmentError(Exception):
    """An attachment was not read; `key` is the sentence that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class TooLargeError(AttachmentError):
    """It is larger than was allowed; no more than that was read of it."""

    def __init__(self) -> None:
        super().__init__("problem.too_large")


async def download(file: discord.Attachment, most: int, seconds: float = 30.0) -> bytes:
    """Return what is in a file of at most `most` bytes.

    Raises:
        TooLargeError: It is larger, whatever size it declares.
        AttachmentError: It cannot be had, or not within so many `seconds`.
    """
    if file.size > most:
        raise TooLargeError
    try:
        async with asyncio.timeout(seconds):
            return await _read(file.url, most)
    except TimeoutError:
        raise AttachmentError("examples.too_slow") from None
    except aiohttp.ClientError as error:
        raise AttachmentError("examples.not_downloaded") from error


async def _read(url: str, most: int) -> bytes:
    """Read a file; discord.py's own reading takes it whole."""
    content = bytearray()
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(url) as response:
        response.raise_for_status()
        async for chunk in response.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > most:
                raise TooLargeError
    return bytes(content)
