"""The messages of a channel in the order of their ids, which a history of 100,000 must not sort at each request."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entities import Message


class History(dict[int, "Message"]):
    """Messages by id; `page` cuts out what lies between two ids."""

    def __init__(self) -> None:
        super().__init__()
        self._ids: list[int] = []

    def __setitem__(self, message_id: int, message: Message) -> None:
        if message_id not in self:
            insort(self._ids, message_id)
        super().__setitem__(message_id, message)

    def __delitem__(self, message_id: int) -> None:
        super().__delitem__(message_id)
        del self._ids[bisect_left(self._ids, message_id)]

    def discard(self, message_id: int) -> None:
        """Remove a message if it is there."""
        if message_id in self:
            del self[message_id]

    @property
    def newest_id(self) -> int | None:
        return self._ids[-1] if self._ids else None

    def ordered(self) -> Iterator[Message]:
        """Yield all messages, oldest first."""
        return (self[message_id] for message_id in self._ids)

    def after(self, message_id: int, limit: int) -> list[Message]:
        """Return the oldest messages with larger ids, oldest first."""
        start = bisect_right(self._ids, message_id)
        return [self[each] for each in self._ids[start : start + limit]]

    def before(self, message_id: int, limit: int) -> list[Message]:
        """Return the newest messages with smaller ids, oldest first."""
        end = bisect_left(self._ids, message_id)
        return [self[each] for each in self._ids[max(end - limit, 0) : end]]
