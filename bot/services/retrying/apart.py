"""Work in a task of its own, so that whoever waits for it sees how it ended and is not ended by it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


async def run_apart(work: Coroutine[Any, Any, _T], seconds: float | None = None) -> asyncio.Task[_T]:
    """Return the task that did the work, whatever became of it. It is stopped when the caller is cancelled.

    Raises:
        TimeoutError: It took longer than `seconds`, and was stopped.
    """
    task = asyncio.create_task(work)
    try:
        _, late = await asyncio.wait([task], timeout=seconds)
    finally:
        task.cancel()
    if late:
        raise TimeoutError
    return task
