"""A flood: many messages of one member, written as JSON beforehand and sent as fast as the client takes them.

`Member.send` checks, resolves and announces each message, which is right for a test and far too slow for a raid.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from . import payloads
from .entities import Message
from .errors import Json
from .events import Event
from .sessions import Prepared, Session
from .snowflakes import created_at

if TYPE_CHECKING:
    from .guilds import Channel
    from .members import Member

_AT_ONCE = 64
_MOST_WAITING = 2000  # frames: more would only lie in memory
_PAUSE = 0.002


class Flood:
    """Messages of given contents, in the channels in turn; `send` streams them and puts them into the histories.

    Sessions without the message content intent get the content all the same.
    """

    def __init__(self, author: Member, channels: Sequence[Channel], contents: Iterable[str]) -> None:
        self._server = author.server
        self._author = author
        templates = {channel.id: self._template(channel) for channel in channels}
        self._prepared = [
            self._prepare(channel, content, templates[channel.id])
            for channel, content in zip(cycle(channels), contents, strict=False)
        ]

    @property
    def messages(self) -> list[Message]:
        """Return the messages in the order in which they are sent."""
        return [message for message, _ in self._prepared]

    async def send(self, *, per_second: float | None = None) -> None:
        """Send all messages, at most so many a second."""
        started = time.monotonic()
        for first in range(0, len(self._prepared), _AT_ONCE):
            batch = self._prepared[first : first + _AT_ONCE]
            for message, _ in batch:
                message.channel.messages[message.id] = message
            for session in self._listeners():
                for _, payload in batch:
                    session.dispatch("MESSAGE_CREATE", payload)
            self._server.notice_change()
            await self._keep_pace(started, first + len(batch), per_second)

    def _template(self, channel: Channel) -> Json:
        blank = Message(self._server.snowflakes.make(), channel, self._author.user)
        return payloads.message_event(blank)

    def _prepare(self, channel: Channel, content: str, template: Json) -> tuple[Message, Prepared]:
        message = Message(self._server.snowflakes.make(), channel, self._author.user, content)
        timestamp = created_at(message.id).isoformat()
        body = {**template, "id": str(message.id), "content": content, "timestamp": timestamp}
        return message, Prepared(json.dumps(body))

    def _listeners(self) -> Iterator[Session]:
        event = Event("MESSAGE_CREATE", {}, self._author.guild)
        return (session for session in self._server.gateway.sessions.values() if session.hears(event))

    async def _keep_pace(self, started: float, n_sent: int, per_second: float | None) -> None:
        due = 0.0 if per_second is None else started + n_sent / per_second - time.monotonic()
        await asyncio.sleep(max(due, 0.0))
        while self._server.gateway.n_waiting > _MOST_WAITING:  # noqa: ASYNC110 - the sockets set no event
            await asyncio.sleep(_PAUSE)
