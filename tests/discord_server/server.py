"""The loopback Discord that the real discord.py connects to in end-to-end tests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route as ClientRoute

from . import rest_commands, rest_guilds, rest_interactions, rest_messages
from .entities import Message, User
from .events import guild_create
from .faults import Faults
from .gateway import Gateway
from .guilds import Channel, Guild
from .members import Member
from .permissions import BOT_INVITE, permissions_of
from .rates import RateLimits
from .responses import Interactions
from .rest import API, Request, build_app
from .snowflakes import Snowflakes
from .state import State
from .webhooks import Webhook

_MEMBERS_LIMITED, _PRESENCES_LIMITED, _CONTENT_LIMITED = 1 << 15, 1 << 13, 1 << 19
_SECONDS_TO_CLOSE = 1.0
_MONTH = timedelta(days=30)
_SECONDS_BETWEEN_LOOKS = 0.05
Found = TypeVar("Found")


class DiscordServer:
    """A Discord of one bot, in memory, on a free port of 127.0.0.1.

    Use it as ``async with DiscordServer() as server`` and point discord.py at it with `connect_discord_py`.
    discord.py is left as it is. To be quick, give the *client* ``guild_ready_timeout=0.1`` (by default it
    waits 2 s after the last guild before `on_ready`); after `gateway.invalidate` it sleeps 5 s before it
    identifies anew, unless it overrides `before_identify_hook`.

    Args:
        token: The bot's token; assign another to `server.token` later to revoke it.
        privileged_intents: What the developer portal allows; asking the gateway for more is closed with 4014,
            and without message_content REST blanks the content too.
        heartbeat_seconds: How often the client is told to send heartbeats.
        n_shards: How many shards GET /gateway/bot recommends.
    """

    def __init__(
        self,
        *,
        token: str = "the-token-of-the-bot",
        privileged_intents: discord.Intents | None = None,
        heartbeat_seconds: float = 41.25,
        n_shards: int = 1,
    ) -> None:
        self.token = token
        self.privileged_intents = privileged_intents or discord.Intents.all()
        self.n_shards = n_shards
        self.snowflakes = Snowflakes()
        self.state = State(self)
        self.gateway = Gateway(self, heartbeat_seconds)
        self.interactions = Interactions(self)
        self.faults = Faults()
        self.rate_limits = RateLimits()
        self.requests: list[Request] = []
        self.seconds_ahead = 0.0  # of its clock, as the headers of its answers tell it
        self.nonce_seconds = 180.0  # for so long Discord takes a second message under one nonce for the first
        self.operator = self.state.add_user("운영자")
        self.bot_user = self.state.add_user("지기", is_bot=True)
        # Bots of today have one id for both; older ones do not, and code that mixes them up must fail.
        self.application_id = self.snowflakes.make()
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Event()
        self._handed_out: set[int] = set()

    async def __aenter__(self) -> Self:
        routes = [
            *rest_messages.ROUTES,
            *rest_guilds.ROUTES,
            *rest_commands.ROUTES,
            *rest_interactions.ROUTES,
        ]
        self._runner = web.AppRunner(build_app(self, routes), shutdown_timeout=_SECONDS_TO_CLOSE)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.release()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def guilds_of_bot(self) -> list[Guild]:
        """Return the guilds of which the bot is a member."""
        return [guild for guild in self.state.guilds.values() if self.bot_user.id in guild.members]

    @property
    def gateway_url(self) -> str:
        return self.url.replace("http://", "ws://") + "/"

    @property
    def application_flags(self) -> int:
        """Return the application's flags, which tell the privileged intents that the portal allows."""
        allowed = self.privileged_intents
        bits = {
            _PRESENCES_LIMITED: allowed.presences,
            _MEMBERS_LIMITED: allowed.members,
            _CONTENT_LIMITED: allowed.message_content,
        }
        return sum(bit for bit, is_allowed in bits.items() if is_allowed)

    def connect_discord_py(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point discord.py at this server until the monkeypatch is undone."""
        monkeypatch.setattr(ClientRoute, "BASE", self.url + API)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(self.gateway_url))

    @contextmanager
    def connected_discord_py(self) -> Iterator[None]:
        """Point discord.py at this server inside the block."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            self.connect_discord_py(monkeypatch)
            yield

    @asynccontextmanager
    async def running(
        self,
        client: discord.Client,
        *,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> AsyncIterator[None]:
        """Start a client, wait until it is ready, and close it at the end; its crash is raised here."""
        async with client:
            started = asyncio.create_task(client.start(self.token))
            ready = asyncio.create_task(client.wait_until_ready())
            try:
                await asyncio.wait({started, ready}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if started.done():
                    started.result()
                if not ready.done():
                    raise TimeoutError(f"client must be ready within {timeout} s")
                yield
            finally:
                ready.cancel()
                await client.close()
                await started

    def add_guild(
        self, name: str = "상점", *, bot_permissions: discord.Permissions = BOT_INVITE, locale: str = "ko"
    ) -> Guild:
        """Create a guild in which the bot is a member with these permissions; a running bot joins it.

        One that is made before the bot runs has had it for a month; `guild.bot.joined_at` says otherwise.
        """
        guild = Guild.create(self, name, bot_permissions, locale)
        if not self.gateway.is_connected:
            guild.bot.joined_at = datetime.now(UTC) - _MONTH
        self.state.guilds[guild.id] = guild
        self.gateway.dispatch(guild_create(guild, is_joined=True))
        return guild

    def add_user(self, name: str) -> User:
        """Create a user who is in no guild; `guild.add_member(name, user=...)` lets them join."""
        return self.state.add_user(name)

    def can(self, channel: Channel, permission: str) -> bool:
        """Tell whether the bot has a permission in a channel."""
        return bool(getattr(permissions_of(self.bot_user, channel), permission))

    def requests_to(self, method: str, path: str) -> list[Request]:
        """Return the logged requests whose method and path (a regular expression, from its start) fit."""
        return [each for each in self.requests if each.method == method and re.match(path, each.path)]

    async def wait_for(
        self,
        predicate: Callable[[], Found],
        *,
        timeout: float = 5.0,  # noqa: ASYNC109
        what: str = "the condition",
    ) -> Found:
        """Wait until the predicate is true and return its value; it may look at anything.

        It is asked anew after every change of the server, and now and then for what the server cannot see.
        Raises: TimeoutError.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while not (found := predicate()):
            if asyncio.get_running_loop().time() > deadline:
                last = self.requests[-5:]
                raise TimeoutError(f"{what} must come within {timeout} s. Last requests: {last}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _SECONDS_BETWEEN_LOOKS)
        return found

    async def wait_for_message(
        self,
        channel: Channel,
        *,
        author: User | Member | Webhook | None = None,
        where: Callable[[Message], bool] = lambda message: True,
        timeout: float = 5.0,  # noqa: ASYNC109
    ) -> Message:
        """Return the oldest message of the channel that fits and was not returned before, once there is one.

        Messages sent before the call count, so that none is missed; those "thinking…" do not until filled in.
        Raises: TimeoutError, with what the channel holds.
        """

        def find() -> Message | None:
            awaited = (message for message in channel.history if self._is_awaited(message, author))
            return next(filter(where, awaited), None)

        try:
            message = await self.wait_for(find, timeout=timeout)
        except TimeoutError:
            said = [f"{message.author.name}: {message.content}" for message in channel.history[-10:]]
            wanted = f"a message in #{channel.name} must come within {timeout} s"
            raise TimeoutError(f"{wanted}. Received: {said}") from None
        assert message is not None
        self._handed_out.add(message.id)
        return message

    async def wait_until_quiet(self, seconds: float = 0.2) -> None:
        """Wait until nothing has happened for so long: after it, what is absent will not come."""
        with suppress(TimeoutError):
            while True:
                await asyncio.wait_for(self._changed.wait(), seconds)

    def notice_change(self) -> None:
        """Wake those who wait for something to happen."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _is_awaited(self, message: Message, author: User | Member | Webhook | None) -> bool:
        is_new = message.id not in self._handed_out and not message.is_loading
        return is_new and (author is None or message.author.id == author.id)
