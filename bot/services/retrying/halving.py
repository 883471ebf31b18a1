"""Do something with many items at once; where that fails, with halves of them, until what fails is alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")
Failures = list[tuple[_T, BaseException]]


async def in_halves(
    work: Callable[[Sequence[_T]], Awaitable[list[_R]]], items: Sequence[_T]
) -> tuple[list[_R], Failures[_T]]:
    """Return the results of `work`, and the items that fail on their own, each with its error.

    One bad item among n costs about 2 log2(n) more calls. Whatever is raised counts as a failure, but for cancelling.
    """
    task = asyncio.ensure_future(work(items))
    try:
        await asyncio.wait([task])
    finally:
        task.cancel()
    error = task.exception()
    if error is None:
        return task.result(), []
    if len(items) <= 1:
        return [], [(item, error) for item in items]
    middle = len(items) // 2
    results, failures = await in_halves(work, items[:middle])
    more_results, more_failures = await in_halves(work, items[middle:])
    return [*results, *more_results], [*failures, *more_failures]
