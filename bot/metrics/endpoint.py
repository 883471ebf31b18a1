"""The HTTP server that monitoring asks: /metrics, /healthz and /readyz.

In the bot's own event loop, on aiohttp, which discord.py brings: when it answers, the loop is alive.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from bot.config import Config
from bot.localisation.texts import Texts
from bot.metrics.collector import CONTENT_TYPE, Metrics
from bot.metrics.rate_limits import RateLimits
from bot.metrics.snapshot import Watched, look
from bot.runtime import PluginError
from bot.services.measuring.distribution import LAG_BOUNDS, Distribution

_SAMPLED_EVERY = 0.25  # seconds between two looks at the loop
_READY, _NOT_READY = 200, 503


class Endpoint:
    """Answers monitoring, also while no bot is there to be asked about: its gateway may be out of reach."""

    def __init__(self, rate_limits: RateLimits | None = None) -> None:
        self._loop_lag = Distribution(LAG_BOUNDS)
        self._metrics = Metrics(self._loop_lag, rate_limits)
        self._watched: Watched | None = None
        self.app = web.Application()
        self.app.router.add_get("/metrics", self._answer_metrics)
        self.app.router.add_get("/healthz", self._answer_health)
        self.app.router.add_get("/readyz", self._answer_readiness)

    @contextmanager
    def watching(self, watched: Watched) -> Iterator[None]:
        """Speak of a bot for as long as the block lasts."""
        self._watched = watched
        try:
            yield
        finally:
            self._watched = None

    async def sample(self) -> None:
        """Measure for ever how late the event loop comes back to what waits."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _SAMPLED_EVERY
            await asyncio.sleep(_SAMPLED_EVERY)
            self._loop_lag.add(loop.time() - due)

    async def _answer_metrics(self, request: web.Request) -> web.Response:
        snapshot = await look(self._watched) if self._watched else None
        return web.Response(body=self._metrics.write(snapshot), headers={"Content-Type": CONTENT_TYPE})

    async def _answer_health(self, request: web.Request) -> web.Response:
        return web.json_response({"jigi": "alive"})

    async def _answer_readiness(self, request: web.Request) -> web.Response:
        parts = {"database": False, "gateway": False, "model": False}
        if self._watched is not None:
            parts = (await look(self._watched)).parts
        return web.json_response(parts, status=_READY if all(parts.values()) else _NOT_READY)


@asynccontextmanager
async def open_endpoint(config: Config, rate_limits: RateLimits | None = None) -> AsyncIterator[Endpoint]:
    """Listen on the configured port for as long as the block lasts.

    Raises:
        PluginError: The port cannot be had.
    """
    endpoint = Endpoint(rate_limits)
    runner = web.AppRunner(endpoint.app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, config)
        sampling = asyncio.create_task(endpoint.sample(), name="loop lag")
        try:
            yield endpoint
        finally:
            sampling.cancel()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: Config) -> None:
    place = {"host": config.metrics_host, "port": config.metrics_port}
    try:
        await web.TCPSite(runner, config.metrics_host, config.metrics_port).start()
    except OSError as error:
        texts = Texts.load(config.language)
        if error.errno == errno.EADDRINUSE:
            raise PluginError(texts("metrics.port_in_use", **place)) from None
        raise PluginError(texts("metrics.not_opened", **place, reason=error.strerror or error)) from None
