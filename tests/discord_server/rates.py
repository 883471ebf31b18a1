"""Discord's rate limits: off unless a test turns them on, so that no other test waits for them.

A bucket is one kind of request in one channel. Its window begins with the first request and lasts a fixed time, as
Discord's do; what comes beyond is answered with a 429 that says how long to wait.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import Json

_REACTIONS, _MESSAGES = "reactions", "messages"
_VIA = {"Via": "1.1 google", "X-RateLimit-Scope": "user"}


@dataclass(slots=True)
class Bucket:
    """How many requests of one kind are left in one channel until its window ends."""

    kind: str
    limit: int
    seconds: float
    left: int = 0
    ends_at: float = 0.0

    def take(self) -> bool:
        """Count a request and tell whether it is let through."""
        now = time.monotonic()
        if now >= self.ends_at:
            self.left, self.ends_at = self.limit, now + self.seconds
        self.left -= 1
        return self.left >= 0

    @property
    def headers(self) -> dict[str, str]:
        """Return what every answer tells the client of the bucket."""
        wait = max(self.ends_at - time.monotonic(), 0.0)
        return {
            "X-RateLimit-Bucket": self.kind,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.left, 0)),
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        }


class RateLimits:
    """The limits of a server: `is_on` turns them on, `n_refused` counts the 429s.

    `limits` says for each kind of request how many go in how many seconds in one channel: Discord's own figures,
    which a test may shorten.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.limits: dict[str, tuple[int, float]] = {_REACTIONS: (1, 0.25), _MESSAGES: (5, 5.0)}
        self.n_refused = 0
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, method: str, path: str, params: Mapping[str, str]) -> Bucket | None:
        """Return the bucket from which a request to this route is taken, None if it has no limit of its own."""
        kind = _kind(method, path) if self.is_on else None
        if kind is None or "channel" not in params:
            return None
        key = (kind, params["channel"])
        bucket = self._buckets.setdefault(key, Bucket(kind, *self.limits[kind]))
        if not bucket.take():
            self.n_refused += 1
        return bucket


def refusal(bucket: Bucket) -> tuple[Json, dict[str, str]]:
    """Return body and headers of the 429 for a bucket that is empty."""
    wait = bucket.headers["X-RateLimit-Reset-After"]
    body: Json = {"message": "You are being rate limited.", "retry_after": float(wait), "global": False}
    return body, {**bucket.headers, **_VIA, "Retry-After": wait}


def _kind(method: str, path: str) -> str | None:
    if "/reactions" in path:
        return _REACTIONS if method in ("PUT", "DELETE") else None
    return _MESSAGES if method == "POST" and path.endswith("/messages") else None
