"""Attachments are read as far as is allowed, and no longer than is bearable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import discord
import pytest
from aiohttp import web

from bot.cogs.shared.attachments import AttachmentError, TooLargeError, download

_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def attached(answer: _Answer, size: int) -> AsyncIterator[discord.Attachment]:
    """Serve a file that declares a size."""
    app = web.Application()
    app.router.add_get("/file", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    data = {"id": 1, "size": size, "filename": "a.csv", "url": f"http://127.0.0.1:{port}/file", "proxy_url": ""}
    try:
        yield discord.Attachment(data=data, state=SimpleNamespace(http=None))  # type: ignore[arg-type]
    finally:
        await runner.cleanup()


async def test_a_file_is_read() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"text,label")

    async with attached(answer, 10) as file:
        assert await download(file, 10) == b"text,label"


async def test_a_file_that_is_larger_than_it_says_is_not_read_to_its_end() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 10**9:
            await response.write(bytes(10**5))
            sent += 10**5
        return response

    async with attached(answer, 10) as file:
        with pytest.raises(TooLargeError):
            await download(file, 10**6)
    assert sent < 10**8


async def test_a_file_that_says_so_is_not_even_fetched() -> None:
    async def answer(_: web.Request) -> web.Response:
        raise AssertionError

    async with attached(answer, 11) as file:
        with pytest.raises(TooLargeError):
            await download(file, 10)


async def test_what_takes_too_long_is_told_as_that() -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with attached(answer, 1) as file:
        with pytest.raises(AttachmentError) as told:
            await download(file, 10, seconds=0.1)
    assert told.value.key == "examples.too_slow"


@pytest.mark.parametrize("status", [404, 403, 500])
async def test_what_is_not_there_is_told_as_that(status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with attached(answer, 1) as file:
        with pytest.raises(AttachmentError) as told:
            await download(file, 10)
    assert told.value.key == "examples.not_downloaded"
