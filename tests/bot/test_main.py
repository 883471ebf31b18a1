"""Stories of the process: how `python -m bot` starts, what keeps it from starting, and how it goes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.localisation.texts import Texts
from migrations import revisions
from tests.discord_server import Message
from tests.support.paths import ROOT
from tests.support.processes import process
from tests.support.shop import BAD, Shop, open_shop

KO, EN = Texts.load("ko"), Texts.load("en")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended."""

    code: int | None
    out: str
    err: str

    def assert_refused(self, sentence: str, token: str) -> None:
        """Check that the process said one line, this one, without a traceback and without the token."""
        assert self.code == 1
        assert self.err.rstrip("\n") == sentence
        assert self.out == ""
        assert token not in self.err


async def end_of(child: Process) -> End:
    async with asyncio.timeout(20):
        out, err = await child.communicate()
    return End(child.returncode, out.decode(), err.decode())


async def run(shop: Shop, *arguments: str, **variables: str | None) -> End:
    async with process(shop, variables, *arguments) as child:
        return await end_of(child)


class TestWhatKeepsItFromStarting:
    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)], ids=["Korean", "English"])
    async def test_no_token(self, shop: Shop, language: str | None, texts: Texts) -> None:
        end = await run(shop, DISCORD_TOKEN=None, LANGUAGE=language)
        end.assert_refused(texts("start.no_token"), shop.server.token)

    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)], ids=["Korean", "English"])
    async def test_a_wrong_token(self, shop: Shop, language: str | None, texts: Texts) -> None:
        end = await run(shop, DISCORD_TOKEN="wrong-token", LANGUAGE=language)
        end.assert_refused(texts("start.wrong_token"), "wrong-token")
        assert not shop.database_path.exists()

    @pytest.mark.skipif(sys.platform == "win32", reason="the permissions of files are POSIX's")
    async def test_a_token_that_others_can_read_is_told(self, shop: Shop) -> None:
        file = shop.database_path.parent / ".env"
        file.write_text("DISCORD_TOKEN=wrong-token\n", encoding="utf-8")
        file.chmod(0o644)
        end = await run(shop, DISCORD_TOKEN=None)
        assert KO("start.exposed_token", path=file) in end.err
        assert end.err.endswith(KO("start.wrong_token") + "\n")

    async def test_a_wrong_setting(self, shop: Shop) -> None:
        end = await run(shop, THRESHOLD="2")
        sentence = KO("config.wrong", name="THRESHOLD", expected=KO("config.threshold"), received="2")
        end.assert_refused(sentence, shop.server.token)

    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)], ids=["Korean", "English"])
    async def test_an_intent_that_the_portal_does_not_allow(
        self, shop: Shop, language: str | None, texts: Texts
    ) -> None:
        shop.server.privileged_intents = discord.Intents.none()
        end = await run(shop, LANGUAGE=language)
        end.assert_refused(texts("start.missing_intent"), shop.server.token)

    @pytest.mark.parametrize("damage", ["missing", "corrupt", "cut"])
    async def test_a_model_that_cannot_be_read(self, shop: Shop, tmp_path: Path, damage: str) -> None:
        folder = tmp_path / "model"
        if damage != "missing":
            shutil.copytree(shop.config.model_folder, folder)
            network = (folder / "network.onnx").read_bytes()
            (folder / "network.onnx").write_bytes(network[:100] if damage == "cut" else b"\0" * len(network))
        end = await run(shop, MODEL=str(folder))
        assert end.err.startswith("모델을 읽을 수 없어요.")
        assert str(folder) in end.err
        end.assert_refused(end.err.rstrip("\n"), shop.server.token)
        assert end.err.count("\n") == 1

    async def test_a_database_that_cannot_be_written(self, shop: Shop, tmp_path: Path) -> None:
        path = tmp_path / "no" / "such" / "folder.sqlite3"
        end = await run(shop, DATABASE_URL=f"sqlite+aiosqlite:///{path}")
        end.assert_refused(KO("database.not_opened", place=path), shop.server.token)

    async def test_a_file_that_is_no_database(self, shop: Shop, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("오늘 저녁 뭐 먹지\n" * 100)
        end = await run(shop, DATABASE_URL=f"sqlite+aiosqlite:///{path}")
        end.assert_refused(KO("database.not_a_database", place=path), shop.server.token)

    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)], ids=["Korean", "English"])
    async def test_a_database_of_a_newer_jigi(self, shop: Shop, language: str | None, texts: Texts) -> None:
        async with shop.bot():
            pass
        shop.change("UPDATE alembic_version SET version_num = '9999'")
        end = await run(shop, LANGUAGE=language)
        fields = {"place": shop.database_path, "current": "9999", "newest": revisions()[-1]}
        end.assert_refused(texts("database.newer", **fields), shop.server.token)
        assert f"downgrade-database {revisions()[-1]}" in end.err
        assert shop.rows("SELECT version_num FROM alembic_version") == [("9999",)]

    async def test_an_unknown_word_on_the_command_line(self, shop: Shop) -> None:
        end = await run(shop, "konsole")
        assert (end.code, end.out, end.err) == (2, "", KO("start.usage") + "\n")

    async def test_a_call_for_help(self, shop: Shop) -> None:
        end = await run(shop, "--help")
        assert (end.code, end.out, end.err) == (0, KO("start.usage") + "\n", "")


class TestOutages:
    async def test_without_a_way_to_discord_it_says_so_once_and_waits(self, shop: Shop) -> None:
        shop.server.url = "http://127.0.0.1:9"  # nobody listens on the discard port
        async with process(shop, {}) as child:
            assert child.stderr is not None
            line = (await asyncio.wait_for(child.stderr.readline(), 30)).decode()
            assert KO("start.outage", reason="").removesuffix(")") in line
            await asyncio.sleep(1.5)
            child.terminate()
            assert await asyncio.wait_for(child.wait(), 20) == 0
            assert "Traceback" not in (await child.stderr.read()).decode()

    @pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "is_json": False}])
    async def test_an_outage_at_the_start_is_sat_out(self, shop: Shop, fault: dict[str, Any]) -> None:
        shop.server.faults.add("GET", "/users/@me", **fault)
        async with process(shop, {}):
            await shop.flagged(await _watched(shop, BAD))

    async def test_a_frame_that_is_no_json_ends_nothing(self, shop: Shop) -> None:
        async with process(shop, {}):
            await shop.flagged(await _watched(shop, BAD))
            shop.server.gateway.send_raw("no JSON")
            await shop.server.wait_for(lambda: shop.server.gateway.n_identifies == 2, timeout=30, what="a new session")
            await shop.flagged(await shop.customer.send(shop.reviews, f"{BAD} 또"))


async def _watched(shop: Shop, content: str) -> Message:
    """Send a message as soon as the bot is there, and return it."""
    await shop.server.wait_for(lambda: shop.server.gateway.n_identifies == 1, timeout=30, what="a session")
    return await shop.customer.send(shop.reviews, content)


class TestItsEnd:
    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    async def test_told_to_stop_it_finishes_and_goes_quietly(self, shop: Shop, how: signal.Signals) -> None:
        async with process(shop, {}) as child:
            await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=15)
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            last = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_until_quiet(0.05)
            child.send_signal(how)
            end = await end_of(child)
        assert end.code == 0
        assert "Traceback" not in end.err
        assert shop.server.token not in end.err
        assert BAD not in end.err
        assert shop.rows("SELECT message_id FROM verdicts") == [(message.id,), (last.id,)]

    async def test_told_to_stop_it_lets_the_database_finish_what_it_has_begun(self, shop: Shop) -> None:
        async with process(shop, {}) as child:
            await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=15)
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            with closing(sqlite3.connect(shop.database_path)) as other:
                other.execute("BEGIN IMMEDIATE")
                await shop.customer.delete(message)  # the bot erases its text, and waits for the lock to do so
                await shop.server.wait_until_quiet()
                child.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.5)
            end = await end_of(child)
        assert end.code == 0
        assert shop.rows("SELECT text FROM verdicts") == [(None,)]

    async def test_told_to_stop_while_it_logs_in_it_goes_at_once(self, shop: Shop) -> None:
        shop.server.faults.add("GET", "/users/@me", hangs=True)
        async with process(shop, {}) as child:
            await shop.server.wait_for(lambda: shop.server.requests_to("GET", "/users/@me"), timeout=15)
            child.send_signal(signal.SIGTERM)
            end = await end_of(child)
        assert (end.code, end.err) == (0, "")


class TestGoingBack:
    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)], ids=["Korean", "English"])
    async def test_the_database_goes_back_for_an_older_jigi(
        self, shop: Shop, language: str | None, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            busy = await run(shop, "downgrade-database", LANGUAGE=language, DISCORD_TOKEN=None)
            await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD))
        busy.assert_refused(texts("database.in_use", place=shop.database_path), shop.server.token)
        before, copy = revisions()[-2], shop.database_path.with_name("jigi.sqlite3.before-downgrade")
        end = await run(shop, "downgrade-database", before, LANGUAGE=language, DISCORD_TOKEN=None)
        assert (end.code, end.err) == (0, "")
        assert end.out == texts("maintenance.downgrade-database", revision=before, copy=copy) + "\n"
        assert shop.rows("SELECT version_num FROM alembic_version") == [(before,)]
        assert shop.rows("SELECT is_flagged FROM verdicts") == [(1,)]

    async def test_where_there_is_no_database_it_says_so(self, shop: Shop) -> None:
        end = await run(shop, "downgrade-database", DISCORD_TOKEN=None)
        end.assert_refused(KO("database.not_there", place=shop.database_path), shop.server.token)


class TestConsole:
    async def test_it_hands_the_rest_of_the_line_to_the_console(self, shop: Shop, tmp_path: Path) -> None:
        (tmp_path / "messages.txt").write_text(f"{BAD}\n")
        end = await run(shop, "console", str(tmp_path / "messages.txt"), "--json", DISCORD_TOKEN=None)
        assert end.code == 0
        assert '"부정"' in end.out
        assert "Traceback" not in end.err


@pytest.mark.parametrize("module", ["bot.__main__", "bot.client", "bot.plugin"])
async def test_it_imports_nothing_that_only_training_needs(module: str) -> None:
    heavy = "{'tensorflow', 'keras', 'pandas', 'sklearn', 'gensim', 'kiwipiepy', 'matplotlib', 'onnx'}"
    program = f"import sys, {module}; sys.exit(bool({heavy} & set(sys.modules)))"
    child = await asyncio.create_subprocess_exec(sys.executable, "-W", "ignore", "-c", program, cwd=ROOT)
    assert await child.wait() == 0
