"""Faults that a test orders: the next answers of a route fail, come late, break off or never come."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass, field
from typing import Literal

from .errors import Json

FOREVER = sys.maxsize  # as `times`: until `Faults.release` or `Fault.end`
_CLOUDFLARE = "<html><title>429: too many requests</title></html>"
Break = Literal["before", "within"]


@dataclass(slots=True)
class Fault:
    """One order of `Faults.add`, and how many requests it will still strike."""

    method: str
    path: re.Pattern[str]
    times: int
    status: int | None
    body: Json | str
    headers: dict[str, str]
    delay: float
    hangs: bool
    breaks: Break | None
    after_effect: bool
    released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def replaces_answer(self) -> bool:
        """Whether the true answer never reaches the client."""
        return self.status is not None or self.breaks is not None

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and bool(self.path.search(path))

    def end(self) -> None:
        """Strike no further request, and let those go on that hang."""
        self.times = 0
        self.released.set()


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        times: int = 1,
        code: int = 0,
        message: str = "",
        retry_after: float = 0.05,
        is_global: bool = False,
        via: bool = True,
        is_json: bool = True,
        delay: float = 0.0,
        hangs: bool = False,
        breaks: Break | None = None,
        after_effect: bool = False,
    ) -> Fault:
        """Let the next requests fail whose method ("*": any) and path (a regular expression) fit.

        Args:
            status: HTTP status of the answer, with `code` and `message` in it; None answers as usual.
            times: How many requests are struck, or `FOREVER`.
            retry_after: Seconds that a 429 asks the client to wait; `is_global` stops its other requests too.
            via: False leaves out the header by which a 429 of Discord differs from a ban by Cloudflare.
            is_json: False answers with a page of HTML, as what stands before Discord does.
            delay: Seconds that the request waits before anything is done.
            hangs: Never answer, until `release` or the fault's own `end`.
            breaks: Drop the connection "before" the answer or "within" it, which is no HTTP status at all.
            after_effect: Do what was asked and only then fail: the true answer is lost.

        Returns:
            The order, which `Fault.end` takes back.
        """
        body: Json | str = {"code": code, "message": message or f"{status}: ordered by the test"}
        headers = {}
        if status == 429 and isinstance(body, dict):
            body |= {"retry_after": retry_after, "global": is_global}
            headers = {
                "Retry-After": str(retry_after),
                "X-RateLimit-Scope": "global" if is_global else "user",
            }
            headers |= {"Via": "1.1 google"} if via else {}
        body = body if is_json else _CLOUDFLARE
        fault = Fault(method, re.compile(path), times, status, body, headers, delay, hangs, breaks, after_effect)
        self._waiting.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes this request, oldest order first."""
        for fault in self._waiting:
            if fault.matches(method, path):
                fault.times -= 1
                return fault
        return None

    async def hold(self, fault: Fault | None) -> None:
        """Keep a request waiting as its fault says."""
        if fault is None:
            return
        await asyncio.sleep(fault.delay)
        if fault.hangs:
            await fault.released.wait()

    def release(self) -> None:
        """Let hanging requests go on, and order no more faults."""
        for fault in self._waiting:
            fault.end()
        self._waiting.clear()
