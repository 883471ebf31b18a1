"""The gateway's connections and sessions: a session outlives its connections and is resumed by the next."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
from aiohttp import web

from .errors import Json
from .events import Event

if TYPE_CHECKING:
    from .guilds import Guild

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME = 0, 1, 2, 3, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 7, 8, 9, 10, 11


class Prepared(str):
    """A payload that was written as JSON beforehand, so that sending it costs next to nothing."""

    __slots__ = ()


class Connection:
    """One WebSocket; frames leave it in the order in which they were queued."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.BaseTransport | None) -> None:
        self.socket = socket
        self._transport = transport
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self.session: Session | None = None
        self.heartbeats: list[float] = []

    def send(
        self,
        op: int,
        data: Any = None,
        *,
        sequence: int | None = None,
        name: str | None = None,
    ) -> None:
        """Queue a frame."""
        text = data if isinstance(data, Prepared) else json.dumps(data)
        self._frames.put_nowait(f'{{"op": {op}, "d": {text}, "s": {json.dumps(sequence)}, "t": {json.dumps(name)}}}')

    def send_raw(self, frame: str) -> None:
        """Queue a frame as it is."""
        self._frames.put_nowait(frame)

    @property
    def n_waiting(self) -> int:
        """Return how many frames are queued."""
        return self._frames.qsize()

    async def write_frames(self) -> None:
        """Send what is queued, until cancelled."""
        while True:
            frame = await self._frames.get()
            with suppress(ConnectionError):
                await self.socket.send_str(frame)

    def abort(self) -> None:
        """Cut the connection without a closing handshake."""
        self.leave_session()
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()

    def leave_session(self) -> None:
        """Let the session go on without this connection."""
        if self.session is not None and self.session.connection is self:
            self.session.connection = None


@dataclass(eq=False, slots=True)
class Session:
    """What an IDENTIFY began. It outlives its connections and keeps all events for a RESUME."""

    intents: discord.Intents
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    connection: Connection | None = None
    sent: list[tuple[str, Json | Prepared]] = field(default_factory=list, repr=False)
    presence: Json = field(default_factory=dict)

    def dispatch(self, name: str, payload: Json | Prepared) -> None:
        """Send an event, or keep it until the client is back."""
        self.sent.append((name, payload))
        if self.connection is not None:
            self.connection.send(DISPATCH, payload, sequence=len(self.sent), name=name)

    def replay(self, after: int) -> None:
        """Send again what came after a sequence number."""
        if self.connection is None:
            return
        for sequence, (name, payload) in enumerate(self.sent[after:], start=after + 1):
            self.connection.send(DISPATCH, payload, sequence=sequence, name=name)

    def has_guild(self, guild: Guild) -> bool:
        """Whether the guild belongs to this session's shard."""
        index, n_shards = self.shard
        return (guild.id >> 22) % n_shards == index

    def hears(self, event: Event) -> bool:
        """Whether the session's intents and shard let the event through."""
        if event.intent is not None and not getattr(self.intents, event.intent):
            return False
        return self.shard[0] == 0 if event.guild is None else self.has_guild(event.guild)
