"""Stories of an operator who asks what is wrong: each trouble is one line with its mend, and nothing is changed."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest

from bot.config import Config, WatchedChannels
from bot.doctor import here
from bot.doctor.findings import Finding, Mark, show
from bot.localisation.texts import Texts
from bot.maintenance import new_key
from bot.storage.upkeep.inspection import Inspection
from migrations import revisions
from tests.bot.metrics.asking import free_port
from tests.support.processes import process
from tests.support.shop import BAD, Shop, jigi_in, open_shop

KO, EN = Texts.load("ko"), Texts.load("en")
LANGUAGES = pytest.mark.parametrize("texts", [KO, EN], ids=["ko", "en"])


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@dataclass(frozen=True, slots=True)
class CheckUp:
    """What a check-up has said."""

    code: int | None
    out: str
    err: str

    def lines(self, what: str, texts: Texts = KO) -> list[str]:
        """Return the lines about something, without its name."""
        found = re.findall(rf"^([✓✗–]) {re.escape(texts(f'doctor.{what}'))} +(.*)$", self.out, re.MULTILINE)
        return [f"{mark} {sentence}" for mark, sentence in found]


async def examine(shop: Shop, texts: Texts = KO, **variables: str | None) -> CheckUp:
    async with process(shop, {"LANGUAGE": texts.language, **variables}, "doctor") as child, asyncio.timeout(60):
        out, err = await child.communicate()
    return CheckUp(child.returncode, out.decode(), err.decode())


async def have_started(shop: Shop) -> None:
    async with shop.bot():
        pass


class TestWhatIsWell:
    @LANGUAGES
    async def test_a_shop_in_order_has_nothing_to_mend(self, shop: Shop, texts: Texts) -> None:
        await have_started(shop)
        size = shop.database_path.stat().st_size
        found = await examine(shop, texts)
        assert (found.code, found.err) == (0, "")
        assert "✗" not in found.out
        assert found.out.rstrip().endswith(texts("doctor.well"))
        place, mb = shop.database_path, f"{size / 1e6:,.1f}"
        sentence = texts("doctor.database_current", place=place, revision=revisions()[-1], size=mb)
        assert found.lines("database", texts) == [f"✓ {sentence}"]
        assert found.lines("intents", texts) == [f"✓ {texts('doctor.intents_on')}"]
        assert found.lines("clock", texts) == [f"✓ {texts('doctor.clock_right')}"]
        assert found.lines("permissions", texts) == [f"✓ {texts('doctor.permissions_all', guild='상점', n=1)}"]
        assert found.lines("metrics", texts) == [f"– {texts('doctor.metrics_off')}"]
        assert "keyword-1" in found.lines("model", texts)[0]

    async def test_every_line_has_a_mark_and_none_is_longer_than_a_line(self, shop: Shop) -> None:
        found = await examine(shop)
        _, _, *lines, blank, _ = found.out.splitlines()
        assert blank == ""
        assert [line for line in lines if line[:2] not in ("✓ ", "✗ ", "– ")] == []

    async def test_it_makes_no_database_and_migrates_none(self, shop: Shop) -> None:
        found = await examine(shop)
        assert found.code == 0
        assert found.lines("database") == [f"✓ {KO('doctor.database_new', place=shop.database_path)}"]
        assert not shop.database_path.exists()
        await have_started(shop)
        shop.change("UPDATE alembic_version SET version_num = ?", revisions()[-2])
        found = await examine(shop)
        assert KO("doctor.database_older", place="", revision=revisions()[-2], size="").split("(")[0] in found.out
        assert shop.rows("SELECT version_num FROM alembic_version") == [(revisions()[-2],)]

    async def test_beside_a_running_bot_it_disturbs_nobody(self, shop: Shop) -> None:
        port = free_port()
        async with shop.bot(metrics_port=port):
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            found = await examine(shop, METRICS_PORT=str(port))
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            assert shop.server.gateway.n_identifies == 1
        assert found.code == 0
        assert found.lines("metrics") == [f"✓ {KO('doctor.metrics_running', host='127.0.0.1', port=port)}"]


class TestWhatIsWrongHere:
    @LANGUAGES
    async def test_a_wrong_variable(self, shop: Shop, texts: Texts) -> None:
        found = await examine(shop, texts, THRESHOLD="2")
        expected = texts("config.wrong", name="THRESHOLD", expected=texts("config.threshold"), received="2")
        assert (found.code, found.out, found.err) == (1, "", expected + "\n")

    @LANGUAGES
    async def test_a_file_that_is_no_database(self, shop: Shop, tmp_path: Path, texts: Texts) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("오늘 저녁 뭐 먹지\n" * 100)
        found = await examine(shop, texts, DATABASE_URL=f"sqlite+aiosqlite:///{path}")
        assert found.lines("database", texts) == [f"✗ {texts('database.not_a_database', place=path)}"]
        assert found.lines("disk", texts) == [f"– {texts('doctor.not_here')}"]
        assert found.code == 1
        assert found.out.rstrip().endswith(texts("doctor.mend", n=1))

    @pytest.mark.parametrize("damage", ["newer", "locked", "damaged"])
    async def test_a_database_that_cannot_be_used(self, shop: Shop, damage: str) -> None:
        async with shop.bot() as bot:
            for _ in range(40):
                await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD * 20))
        with closing(sqlite3.connect(shop.database_path)) as other:
            match damage:
                case "newer":
                    shop.change("UPDATE alembic_version SET version_num = '9999'")
                case "locked":
                    other.execute("BEGIN IMMEDIATE")
                case "damaged":
                    with shop.database_path.open("r+b") as file:
                        file.seek(8 * 4096)
                        file.write(b"\x55" * 4096 * 12)
            found = await examine(shop)
        (line,) = found.lines("database")
        fields = {"place": shop.database_path, "current": "9999", "newest": revisions()[-1], "reason": ""}
        assert line.startswith("✗ " + KO(f"database.{damage}", **fields).split(" (")[0])
        assert found.code == 1

    @LANGUAGES
    async def test_texts_sealed_with_a_key_that_is_not_there(self, shop: Shop, texts: Texts) -> None:
        key = new_key()
        async with shop.bot(text_keys=(key,)):
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        before = shop.database_path.read_bytes()
        (line,) = (await examine(shop, texts)).lines("database", texts)
        assert line.startswith("✗ " + texts("database.sealed", keys="").split("(")[0])
        assert key not in line
        found = await examine(shop, texts, TEXT_KEY=key)
        assert (found.code, found.lines("database", texts)[0][0]) == (0, "✓")
        assert key not in found.out
        assert shop.database_path.read_bytes() == before

    async def test_a_folder_that_is_not_there(self, shop: Shop, tmp_path: Path) -> None:
        path = tmp_path / "no" / "such.sqlite3"
        found = await examine(shop, DATABASE_URL=f"sqlite+aiosqlite:///{path}")
        assert found.lines("database") == [f"✗ {KO('database.not_opened', place=path)}"]

    def test_a_disk_without_room(self, tmp_path: Path) -> None:
        path = tmp_path / "jigi.sqlite3"
        with path.open("wb") as file:
            file.truncate(shutil.disk_usage(tmp_path).free)  # a sparse file as large as the room: two do not fit
        assert here.look_at_disk(Inspection(str(path), None, path), KO).mark is Mark.WRONG
        path.write_bytes(b"")
        assert here.look_at_disk(Inspection(str(path), None, path), KO).mark is Mark.WELL

    @pytest.mark.parametrize("damage", ["missing", "changed"])
    async def test_a_model_that_is_not_as_it_was_made(self, shop: Shop, tmp_path: Path, damage: str) -> None:
        folder = tmp_path / "model"
        if damage == "changed":
            shutil.copytree(shop.config.model_folder, folder)
            network = bytearray((folder / "network.onnx").read_bytes())
            network[-1] ^= 1
            (folder / "network.onnx").write_bytes(network)
        found = await examine(shop, MODEL=str(folder))
        (line,) = found.lines("model")
        assert line.startswith("✗ 모델을 읽을 수 없어요.")
        assert found.code == 1

    async def test_a_port_that_another_program_has(self, shop: Shop) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            found = await examine(shop, METRICS_PORT=str(port))
        assert found.lines("metrics") == [f"✗ {KO('metrics.port_in_use', host='127.0.0.1', port=port)}"]

    async def test_a_port_that_is_free(self, shop: Shop) -> None:
        port = free_port()
        assert (await here.look_at_metrics(Config(metrics_port=port), KO)).mark is Mark.WELL

    async def test_a_token_that_others_can_read(self, shop: Shop) -> None:
        file = shop.database_path.parent / ".env"
        file.write_text(f"DISCORD_TOKEN={shop.server.token}\n", encoding="utf-8")
        file.chmod(0o644)
        found = await examine(shop, DISCORD_TOKEN=None)
        assert found.lines("config") == [f"✗ {KO('start.exposed_token', path=file)}"]
        file.chmod(0o600)
        found = await examine(shop, DISCORD_TOKEN=None)
        assert found.lines("config") == [f"✓ {KO('doctor.config_file', path=file)}"]


class TestWhatIsWrongOnDiscord:
    @LANGUAGES
    @pytest.mark.parametrize(
        ("token", "key"),
        [
            (None, "start.no_token"),
            ("3f5a" * 16, "doctor.no_token_at_all"),
            ("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE." + "x" * 38, "start.wrong_token"),
        ],
    )
    async def test_a_wrong_token(self, shop: Shop, texts: Texts, token: str | None, key: str) -> None:
        found = await examine(shop, texts, DISCORD_TOKEN=token)
        assert found.lines("token", texts) == [f"✗ {texts(key)}"]
        assert found.code == 1
        assert found.lines("permissions", texts) == []
        assert token is None or token not in found.out + found.err

    async def test_nothing_secret_is_shown(self, shop: Shop) -> None:
        secret = "postgresql+asyncpg://jigi:hunter2@127.0.0.1:9/jigi"
        found = await examine(shop, DATABASE_URL=secret)
        assert found.code == 1
        assert found.lines("database")[0].startswith("✗")
        assert "hunter2" not in found.out + found.err
        assert shop.server.token not in found.out + found.err

    async def test_no_way_to_discord(self, shop: Shop) -> None:
        shop.server.url = "http://127.0.0.1:9"
        (line,) = (await examine(shop)).lines("token")
        assert line.startswith("✗ " + KO("start.no_network", reason="").split("(")[0])

    @LANGUAGES
    async def test_an_intent_that_the_portal_does_not_allow(self, shop: Shop, texts: Texts) -> None:
        shop.server.privileged_intents = discord.Intents.none()
        found = await examine(shop, texts)
        assert found.lines("intents", texts) == [f"✗ {texts('start.missing_intent')}"]

    @LANGUAGES
    @pytest.mark.parametrize(("seconds", "key"), [(-90, "fast"), (90, "slow")])
    async def test_a_wrong_clock(self, shop: Shop, texts: Texts, seconds: int, key: str) -> None:
        shop.server.seconds_ahead = seconds
        (line,) = (await examine(shop, texts)).lines("clock", texts)
        assert line in {f"✗ {texts(f'doctor.clock_{key}', n=n)}" for n in (89, 90, 91)}

    @LANGUAGES
    async def test_permissions_are_named_for_each_server(self, shop: Shop, texts: Texts) -> None:
        other = shop.server.add_guild("다른 상점")
        reviews = other.add_text_channel("후기")
        await have_started(shop)
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(
                other.id, 1, watched=WatchedChannels(frozenset({reviews.id})), log_channel_id=None
            )
        shop.reviews.set_permissions(shop.guild.bot, add_reactions=False, read_message_history=False)
        shop.log.set_permissions(shop.guild.bot, view_channel=True, embed_links=False)
        lines = (await examine(shop, texts)).lines("permissions", texts)
        names = [texts(f"permission.{each}") for each in ("read_message_history", "add_reactions", "embed_links")]
        channels = f"#리뷰: {names[0]}, {names[1]} · #기록: {names[2]}"
        assert sorted(lines) == sorted(
            [
                f"✗ {texts('doctor.missing_permissions', guild='상점', channels=channels)}",
                f"✓ {texts('doctor.permissions_without_log', guild='다른 상점', n=1)}",
            ]
        )

    async def test_a_log_channel_that_everybody_sees(self, shop: Shop) -> None:
        shop.log.set_permissions(shop.guild.everyone, view_channel=True)
        lines = (await examine(shop)).lines("permissions")
        assert lines == [f"✗ {KO('start.public_log_channel', channel_id=shop.log.id)}"]

    async def test_channels_that_are_nowhere(self, shop: Shop) -> None:
        stray = shop.server.snowflakes.make()
        thread = shop.reviews.add_thread("긴 이야기")  # which no list of channels has
        ids = shop.reviews.id, stray, thread.id
        found = await examine(shop, WATCH_CHANNELS=",".join(map(str, ids)))
        well, wrong = found.lines("permissions")
        assert well == f"✓ {KO('doctor.permissions_all', guild='상점', n=1)}"
        assert wrong == f"✗ {KO('start.unknown_channel', channel_id=stray)}"

    async def test_a_server_that_has_chosen_nothing_is_no_trouble(self, shop: Shop) -> None:
        found = await examine(shop, WATCH_CHANNELS=None)
        assert found.lines("permissions") == [f"– {KO('doctor.nothing_watched', guild='상점')}"]
        assert found.code == 0

    async def test_an_outage_in_between_is_one_line(self, shop: Shop) -> None:
        shop.server.faults.add("GET", r"/guilds/\d+/channels", status=403, code=50001, message="Missing Access")
        found = await examine(shop)
        assert "Traceback" not in found.err
        assert any("Missing Access" in line for line in found.lines("permissions"))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_and_a_file_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal, file = _Terminal(), io.StringIO()
    findings = [Finding("disk", Mark.WRONG, "가득 찼어요.")]
    assert show(findings, KO, terminal) == show(findings, KO, file) == 1
    assert "\033[31m✗\033[0m" in terminal.getvalue()
    assert "\033" not in file.getvalue()
