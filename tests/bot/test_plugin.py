"""Stories of Jigi in somebody else's bot, which knows nothing of it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.types import Context
from bot.config import ConfigError
from bot.localisation.texts import Texts
from bot.plugin import COGS
from bot.storage.connection.engine import DatabaseError
from model.errors import VersionError
from tests.support.shop import BAD, Shop, open_shop

KO = Texts.load("ko")
PLUGIN = "bot.plugin"
OWN = [command for cog in COGS for command in cog.__cog_commands__ if command.parent is None]
COMMANDS = [command.name for command in OWN]
SLASH = [command.name for command in OWN if hasattr(command, "app_command")]


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """Open a shop and say in the environment what Jigi is to do there."""
    async with open_shop(tmp_path, tiny_model) as shop:
        monkeypatch.chdir(tmp_path)
        for name, value in {
            "DATABASE_URL": shop.config.database_url,
            "WATCH_CHANNELS": str(shop.reviews.id),
            "LOG_CHANNEL": str(shop.log.id),
            "MODEL": str(tiny_model),
            "LANGUAGE": "ko",
        }.items():
            monkeypatch.setenv(name, value)
        yield shop


class Host(commands.Bot):
    """A bot of somebody's own."""

    def __init__(self, **options: Any) -> None:
        intents = options.pop("intents", discord.Intents(guilds=True, guild_messages=True, message_content=True))
        super().__init__("?", intents=intents, guild_ready_timeout=0.1, **options)
        self.errors: list[Exception] = []

    async def on_command_error(self, context: Any, exception: commands.CommandError, /) -> None:
        self.errors.append(exception)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """Make a bot that is not logged in, and close it at the end."""
    async with Host() as bot:
        yield bot


def is_closed() -> bool:
    """Tell whether no database is open any more: each has a thread, which ends a moment after its last answer."""
    threads = [thread for thread in threading.enumerate() if "_connection_worker_thread" in thread.name]
    for thread in threads:
        thread.join(timeout=2)
    return not any(thread.is_alive() for thread in threads)


class TestAtWork:
    async def test_loaded_before_the_log_in_it_judges_flags_and_answers(self, shop: Shop) -> None:
        async with Host() as bot:
            await bot.load_extension(PLUGIN)
            async with shop.server.running(bot):
                await shop.flagged(await shop.customer.send(shop.reviews, BAD))
                assert BAD in str((await shop.alert()).embeds)
                await shop.moderator.send(shop.reviews, "?check 좋아요")
                answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
                assert "판정 긍정" in answer.content
        assert is_closed()

    async def test_loaded_into_a_running_bot_it_catches_up_and_judges(self, shop: Shop) -> None:
        async with shop.bot() as jigi:
            await shop.begin_watching(jigi, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        bot = Host()
        async with shop.server.running(bot):
            await bot.load_extension(PLUGIN)
            await shop.flagged(missed)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))

    async def test_a_new_session_of_a_bot_without_shards_is_caught_up_with(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with Host() as bot:
            monkeypatch.setattr(bot, "before_identify_hook", _at_once)
            await bot.load_extension(PLUGIN)
            async with shop.server.running(bot):
                await shop.begin_watching(bot, shop.reviews)
                await shop.server.gateway.invalidate()
                await shop.flagged(await shop.customer.send(shop.reviews, BAD))

    async def test_its_slash_commands_appear_when_the_host_registers_them(self, shop: Shop) -> None:
        bot = Host()
        async with shop.server.running(bot):
            await bot.load_extension(PLUGIN)
            await bot.tree.sync()
            answer = await shop.moderator.use_slash(shop.reviews, "확인", 글="좋아요")
            assert "판정 긍정" in answer.message.content


async def _at_once(shard_id: int | None, *, initial: bool = False) -> None:
    """Begin a session at once."""


class TestManners:
    async def test_the_hosts_commands_help_and_error_handler_stay_its_own(self, shop: Shop) -> None:
        async with Host() as bot:
            handler, help_command = bot.tree.on_error, bot.get_command("help")

            @bot.command()
            async def stumble(ctx: Context) -> None:
                raise RuntimeError("over a stone")

            await bot.load_extension(PLUGIN)
            assert (bot.tree.on_error, bot.get_command("help")) == (handler, help_command)
            async with shop.server.running(bot):
                await shop.customer.send(shop.reviews, "?stumble")
                await shop.server.wait_for(lambda: bot.errors, what="the host's own error")
        assert isinstance(bot.errors[0], commands.CommandInvokeError)

    async def test_a_hosts_help_lists_jigis_commands_and_jigi_brings_none(self, shop: Shop) -> None:
        async with Host() as bot:

            @bot.tree.command(name="help")
            async def own(interaction: discord.Interaction) -> None:
                """Help in the host's own way."""

            await bot.load_extension(PLUGIN)
            assert bot.tree.get_command("help") is own
            async with shop.server.running(bot):
                await shop.moderator.send(shop.reviews, "?help")
                overview = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
                await shop.moderator.send(shop.reviews, "?help check")
                of_check = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
                await shop.customer.send(shop.reviews, f"<@{shop.server.bot_user.id}>")
                await shop.server.wait_until_quiet()
            said = [each.content for each in shop.reviews.history if each.author is shop.server.bot_user]
        assert KO("command.check_description") in overview.content
        assert "배송이 너무 늦어요" in of_check.content
        assert len(said) == 2  # a bare mention is the host's business

    async def test_a_host_that_wants_jigis_help_gets_it_if_nothing_clashes(self, shop: Shop) -> None:
        async with Host(help_command=None) as bot:
            bot.has_jigi_help = True  # type: ignore[attr-defined]
            await bot.load_extension(PLUGIN)
            assert bot.get_command("도움말") is bot.get_command("help") is not None
        async with Host() as bot:
            bot.has_jigi_help = True  # type: ignore[attr-defined]
            with pytest.raises(commands.ExtensionFailed, match="help"):
                await bot.load_extension(PLUGIN)

    async def test_the_hosts_own_commands_are_not_judged_if_moderators_give_them(self, shop: Shop) -> None:
        async with Host() as bot:
            bot.command(name="후기")(_do_nothing)
            await bot.load_extension(PLUGIN)
            async with shop.server.running(bot):
                command = await shop.moderator.send(shop.reviews, f"?후기 {BAD}")
                assert not await shop.is_judged(bot, command)
                await shop.flagged(await shop.customer.send(shop.reviews, f"?후기 {BAD}"))  # no place to hide

    async def test_unloading_takes_everything_away_and_closes_it(self, shop: Shop) -> None:
        bot = Host()
        async with shop.server.running(bot):
            await bot.load_extension(PLUGIN)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await bot.unload_extension(PLUGIN)
            assert is_closed()
            assert bot.cogs == {}
            assert [name for name in COMMANDS if bot.get_command(name)] == []
            assert bot.tree.get_commands() == []
            assert bot.tree.translator is None
            assert not any(bot.extra_events.values())
            later = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_until_quiet()
            assert later.reactions == []

    async def test_it_can_be_reloaded(self, shop: Shop) -> None:
        bot = Host()
        async with shop.server.running(bot):
            await bot.load_extension(PLUGIN)
            await bot.reload_extension(PLUGIN)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))

    async def test_a_translator_of_the_hosts_stays(self, shop: Shop, host: Host) -> None:
        translator = app_commands.Translator()
        await host.tree.set_translator(translator)
        await host.load_extension(PLUGIN)
        await host.unload_extension(PLUGIN)
        assert host.tree.translator is translator


async def _do_nothing(ctx: commands.Context[Any], *, text: str = "") -> None:
    pass


class TestClashes:
    """A name that is taken is a clear error, nothing is left behind, and the host's own stays."""

    async def refused(self, host: Host) -> str:
        cogs = dict(host.cogs)
        with pytest.raises(commands.ExtensionFailed) as failed:
            await host.load_extension(PLUGIN)
        assert (PLUGIN in host.extensions, dict(host.cogs)) == (False, cogs)
        assert host.tree.translator is None
        assert is_closed()
        return str(failed.value.original)

    async def test_a_prefix_command(self, shop: Shop, host: Host) -> None:
        own = host.command(name="check")(_do_nothing)
        assert "check" in await self.refused(host)
        assert host.get_command("check") is own
        assert not shop.database_path.exists()

    async def test_an_alias(self, shop: Shop, host: Host) -> None:
        own = host.command(name="verify", aliases=["check"])(_do_nothing)
        assert "check" in await self.refused(host)
        assert host.get_command("check") is own

    async def test_a_slash_command(self, shop: Shop, host: Host) -> None:
        @host.tree.command(name="check")
        async def own(interaction: discord.Interaction) -> None:
            """Check something else."""

        assert "/check" in await self.refused(host)
        assert host.tree.get_command("check") is own
        assert host.get_command("check") is None

    async def test_a_message_menu(self, shop: Shop, host: Host) -> None:
        @host.tree.context_menu(name="Check review")
        async def own(interaction: discord.Interaction, message: discord.Message) -> None: ...

        assert "Check review" in await self.refused(host)
        assert host.tree.get_commands(type=discord.AppCommandType.message) == [own]

    @pytest.mark.parametrize("name", COMMANDS)
    async def test_any_command_of_jigis_by_prefix_or_slash(self, shop: Shop, host: Host, name: str) -> None:
        own = host.command(name=name)(_do_nothing)
        host.tree.add_command(app_commands.Command(name=name, description=".", callback=_answer_nothing))
        clashes = [KO("plugin.prefix_command", name=name)]
        clashes += [KO("plugin.slash_command", name=name)] * (name in SLASH)
        assert await self.refused(host) == KO("plugin.clash", names=", ".join(clashes))
        assert host.get_command(name) is own

    @pytest.mark.parametrize("name", [KO(cog.TITLE) for cog in COGS])
    async def test_a_cog(self, shop: Shop, host: Host, name: str) -> None:
        class Own(commands.Cog, name=name):
            pass

        await host.add_cog(Own())
        assert name in await self.refused(host)

    @pytest.mark.parametrize("n_free", range(len(SLASH)))
    async def test_a_bot_that_has_nearly_all_the_commands_that_discord_allows(
        self, shop: Shop, host: Host, n_free: int
    ) -> None:
        for i in range(100 - n_free):
            host.tree.add_command(app_commands.Command(name=f"own-{i}", description=".", callback=_answer_nothing))
        assert "100" in await self.refused(host)
        assert [name for name in COMMANDS if host.get_command(name)] == []
        assert len(host.tree.get_commands(type=discord.AppCommandType.chat_input)) == 100 - n_free
        assert host.tree.get_commands(type=discord.AppCommandType.message) == []


async def _answer_nothing(interaction: discord.Interaction) -> None:
    pass


class TestWhatIsMissing:
    async def test_an_intent_of_the_host_is_named(self, shop: Shop) -> None:
        async with Host(intents=discord.Intents(guilds=True, guild_messages=True)) as bot:
            with pytest.raises(commands.ExtensionFailed, match="message_content"):
                await bot.load_extension(PLUGIN)

    @pytest.mark.parametrize(
        ("variable", "value", "kind"),
        [
            ("MODEL", "no-such-folder", VersionError),
            ("DATABASE_URL", "sqlite+aiosqlite:///no/such/folder/jigi.sqlite3", DatabaseError),
            ("THRESHOLD", "2", ConfigError),
            ("VECTORS", "no-such-folder", ConfigError),
        ],
    )
    async def test_what_cannot_be_opened_is_said_and_nothing_stays_open(
        self, shop: Shop, host: Host, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, kind: type[Exception]
    ) -> None:
        monkeypatch.setenv(variable, value)
        with pytest.raises(commands.ExtensionFailed) as failed:
            await host.load_extension(PLUGIN)
        assert isinstance(failed.value.original, kind)
        assert host.cogs == {}
        assert is_closed()
