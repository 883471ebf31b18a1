"""How often, and for how long, Discord asks a bot of our own to wait."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp

_TOO_MANY_REQUESTS = 429


class RateLimits:
    """Counts the answers of Discord's that ask to wait. `trace` is discord.py's option `http_trace`."""

    def __init__(self) -> None:
        self.n_answers = 0
        self.seconds = 0.0
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._count)

    async def _count(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        if ended.response.status == _TOO_MANY_REQUESTS:
            self.n_answers += 1
            self.seconds += _seconds(ended.response.headers.get("Retry-After", ""))


def _seconds(value: str) -> float:
    try:
        return max(0.0, float(value))
    except ValueError:
        return 0.0
