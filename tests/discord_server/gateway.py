"""The gateway: sessions of the bot, what they are told, and the disturbances that a test orders."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import discord
from aiohttp import WSMsgType, web

from . import payloads
from .errors import Json
from .events import Event, guild_create
from .permissions import permissions_of
from .sessions import (
    ACK,
    HEARTBEAT,
    HELLO,
    IDENTIFY,
    INVALID_SESSION,
    PRESENCE,
    RECONNECT,
    REQUEST_MEMBERS,
    RESUME,
    Connection,
    Session,
)

if TYPE_CHECKING:
    from .server import DiscordServer

AUTHENTICATION_FAILED, INVALID_SEQUENCE, DISALLOWED_INTENTS = 4004, 4007, 4014
_PRIVILEGED = discord.Intents(members=True, presences=True, message_content=True)
_CHUNK_SIZE = 1000


class Gateway:
    """The gateway of a server; `heartbeats` are the moments (of `time.monotonic`) of the client's, by connection.

    `first_frames` are sent to the next connections in place of a HELLO, one each: what a broken gateway says.
    """

    def __init__(self, server: DiscordServer, heartbeat_seconds: float) -> None:
        self._server = server
        self._heartbeat_seconds = heartbeat_seconds
        self._connections: set[Connection] = set()
        self._is_up = asyncio.Event()
        self._is_up.set()
        self._refuses = False
        self.sessions: dict[str, Session] = {}
        self.heartbeats: list[list[float]] = []
        self.first_frames: list[str] = []
        self.n_identifies = 0
        self.n_resumes = 0

    @property
    def is_connected(self) -> bool:
        """Whether any session of the bot has a connection."""
        return any(session.connection is not None for session in self.sessions.values())

    @property
    def n_heartbeats(self) -> int:
        """Return how many heartbeats the client has sent."""
        return sum(map(len, self.heartbeats))

    @property
    def n_waiting(self) -> int:
        """Return how many frames wait for the slowest client."""
        return max((connection.n_waiting for connection in self._connections), default=0)

    def late_heartbeats(self, tolerance: float = 0.5) -> list[float]:
        """Return by how many seconds heartbeats came later than asked, of those that came later than `tolerance`."""
        gaps = [after - before for beats in self.heartbeats for before, after in pairwise(beats)]
        return [gap - self._heartbeat_seconds for gap in gaps if gap > self._heartbeat_seconds + tolerance]

    @property
    def presence(self) -> Json:
        """Return the presence that the bot last showed."""
        shown = [session.presence for session in self.sessions.values() if session.presence]
        return shown[-1] if shown else {}

    def dispatch(self, event: Event) -> None:
        """Tell every session that may hear of the event."""
        bot = self._server.bot_user
        is_member = event.guild is None or (bot.id in event.guild.members and not event.guild.is_unavailable)
        is_visible = event.channel is None or permissions_of(bot, event.channel).view_channel
        for session in self.sessions.values():
            if is_member and is_visible and session.hears(event):
                session.dispatch(event.name, event.payload_for(session.intents))
        self._server.notice_change()

    async def drop(self, code: int | None = None) -> None:
        """Cut all connections: abruptly, or with a close code. The client resumes if the code lets it."""
        for connection in list(self._connections):
            connection.leave_session()
            if code is None:
                connection.abort()
            else:
                await connection.socket.close(code=code)

    async def request_reconnect(self) -> None:
        """Demand that the client reconnects and resumes (op 7)."""
        self._send_to_all(RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Invalidate the sessions (op 9); discord.py sleeps 5 s before it identifies anew."""
        self._send_to_all(INVALID_SESSION, resumable)
        if not resumable:
            self.sessions.clear()

    def send_raw(self, frame: str) -> None:
        """Send all connections a frame as it is, which need not be JSON."""
        for connection in self._connections:
            connection.send_raw(frame)

    @asynccontextmanager
    async def outage(self, *, refuses: bool = False) -> AsyncIterator[None]:
        """Cut all connections and let none become ready inside the block; then the client resumes.

        With `refuses` new connections are refused: discord.py's shards then back off and begin a new session,
        so that what was said meanwhile is lost to them.
        """
        self._refuses = refuses
        self._is_up.clear()
        await self.drop()
        try:
            yield
        finally:
            self._refuses = False
            self._is_up.set()

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection of the client."""
        if self._refuses:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write_frames())
        try:
            await self._is_up.wait()
            self._say_hello(connection)
            await self._read(connection)
        finally:
            writer.cancel()
            self._connections.discard(connection)
            self._end(connection)
        return socket

    async def close(self) -> None:
        """Cut all connections for good."""
        self._is_up.set()
        for connection in list(self._connections):
            connection.abort()

    def _say_hello(self, connection: Connection) -> None:
        self.heartbeats.append(connection.heartbeats)
        if self.first_frames:
            connection.send_raw(self.first_frames.pop(0))
        else:
            connection.send(HELLO, {"heartbeat_interval": int(self._heartbeat_seconds * 1000)})

    async def _read(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type is WSMsgType.TEXT:
                await self._handle(connection, json.loads(frame.data))

    async def _handle(self, connection: Connection, frame: Json) -> None:
        op, data = frame["op"], frame["d"]
        if op == HEARTBEAT:
            connection.heartbeats.append(time.monotonic())
            connection.send(ACK)
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif op == PRESENCE and connection.session is not None:
            connection.session.presence = data
        elif op == REQUEST_MEMBERS and connection.session is not None:
            self._send_members(connection.session, data)
        self._server.notice_change()

    async def _identify(self, connection: Connection, data: Json) -> None:
        self.n_identifies += 1
        intents = discord.Intents.none()
        intents.value = data["intents"]
        if data["token"] != self._server.token:
            await connection.socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        if intents.value & _PRIVILEGED.value & ~self._server.privileged_intents.value:
            await connection.socket.close(code=DISALLOWED_INTENTS, message=b"Disallowed intent(s).")
            return
        session = Session(intents, tuple(data.get("shard", (0, 1))), presence=data.get("presence") or {})
        self._attach(session, connection)
        self.sessions[session.id] = session
        self._greet(session)

    def _greet(self, session: Session) -> None:
        server = self._server
        guilds = [guild for guild in server.guilds_of_bot if session.has_guild(guild)]
        ready = {
            "v": 10,
            "user": payloads.user(server.bot_user),
            "session_id": session.id,
            "resume_gateway_url": server.gateway_url,
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "application": {"id": str(server.application_id), "flags": server.application_flags},
            "shard": list(session.shard),
        }
        session.dispatch("READY", ready)
        available = [guild for guild in guilds if not guild.is_unavailable]
        for guild in available if session.intents.guilds else []:
            event = guild_create(guild, is_joined=False)
            session.dispatch(event.name, event.payload_for(session.intents))

    async def _resume(self, connection: Connection, data: Json) -> None:
        self.n_resumes += 1
        if data["token"] != self._server.token:
            await connection.socket.close(code=AUTHENTICATION_FAILED, message=b"Authentication failed.")
            return
        session = self.sessions.get(data["session_id"])
        if session is None:
            connection.send(INVALID_SESSION, False)
        elif data["seq"] > len(session.sent):
            await connection.socket.close(code=INVALID_SEQUENCE, message=b"Invalid seq.")
        else:
            self._attach(session, connection)
            session.replay(after=data["seq"])
            session.dispatch("RESUMED", {})

    def _attach(self, session: Session, connection: Connection) -> None:
        session.connection, connection.session = connection, session

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self._server.state.guilds[int(data["guild_id"])]
        members = list(guild.members.values())
        extra: Json = {"nonce": data["nonce"]} if "nonce" in data else {}
        if "user_ids" in data:
            wanted = {int(each) for each in data["user_ids"]}
            members = [member for member in members if member.id in wanted]
            extra["not_found"] = [str(each) for each in wanted - {member.id for member in members}]
        else:
            query = data.get("query", "").lower()
            members = [member for member in members if member.user.name.lower().startswith(query)]
            members = members[: data["limit"] or None]
        chunks = [members[i : i + _CHUNK_SIZE] for i in range(0, len(members), _CHUNK_SIZE)] or [[]]
        for index, chunk in enumerate(chunks):
            payload = {
                "guild_id": str(guild.id),
                "members": [payloads.member(member) for member in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
            }
            session.dispatch("GUILD_MEMBERS_CHUNK", payload | extra)

    def _send_to_all(self, op: int, data: Any = None) -> None:
        for session in self.sessions.values():
            if session.connection is not None:
                session.connection.send(op, data)

    def _end(self, connection: Connection) -> None:
        """Let go of a closed connection; a client that says goodbye (1000, 1001) ends its session."""
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            if connection.socket.close_code in (1000, 1001):
                self.sessions.pop(session.id, None)
        self._server.notice_change()
