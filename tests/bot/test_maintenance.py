"""Stories of an operator who seals what people wrote, changes keys, loses one, and asks what is kept."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import Config
from bot.localisation.texts import Texts
from bot.services.child import environment
from tests.bot.test_main import EN, KO, run
from tests.support.keys import FIRST, SECOND, on_disk
from tests.support.paths import ROOT
from tests.support.processes import process
from tests.support.shop import BAD, Shop, open_shop
from tests.support.store import eventually

TOLD = [(None, KO), ("en", EN)]


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


async def flag_one(shop: Shop, **variables: str) -> None:
    """Have a bot flag a message, and stop."""
    async with process(shop, variables) as child:
        await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=15)
        await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        child.terminate()
        await child.wait()


class TestSealing:
    async def test_what_was_written_before_is_sealed_by_a_bot_that_gets_a_key(self, shop: Shop) -> None:
        await flag_one(shop)
        assert BAD.encode() in on_disk(shop.database_path)
        async with process(shop, {"TEXT_KEY": FIRST}) as child:
            await eventually(lambda: BAD.encode() not in on_disk(shop.database_path))
            child.terminate()
            _, err = await child.communicate()
        assert FIRST not in err.decode()
        assert "sealed with the first of the keys from now on: 1" in err.decode()

    @pytest.mark.parametrize(("language", "texts"), TOLD, ids=["Korean", "English"])
    async def test_without_the_key_it_does_not_start(self, shop: Shop, language: str | None, texts: Texts) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        for key in (None, SECOND):
            end = await run(shop, TEXT_KEY=key, LANGUAGE=language)
            beginning, rest = texts("database.sealed", keys="|").split("|")
            assert end.err.startswith(beginning)
            assert end.err.endswith(rest + "\n")
            end.assert_refused(end.err.rstrip("\n"), shop.server.token)
            assert FIRST not in end.err
        await flag_one(shop, TEXT_KEY=FIRST)

    async def test_it_starts_without_a_lost_key_if_the_operator_says_so(self, shop: Shop) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        await flag_one(shop, TEXT_KEY=SECOND, ALLOW_UNREADABLE_TEXTS="1")
        assert shop.rows("SELECT count(DISTINCT substr(text, 1, 10)) FROM verdicts") == [(2,)]


class TestCommands:
    async def test_a_new_key_is_one_that_can_be_used(self, shop: Shop) -> None:
        first, second = [(await run(shop, "make-key")).out.strip() for _ in range(2)]
        assert first != second
        assert Config.from_environ({"TEXT_KEY": f"{first},{second}"}).text_keys == (first, second)

    @pytest.mark.parametrize(("language", "texts"), TOLD, ids=["Korean", "English"])
    async def test_keys_are_changed_while_the_bot_runs(self, shop: Shop, language: str | None, texts: Texts) -> None:
        async with process(shop, {"TEXT_KEY": FIRST}):
            await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=15)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            end = await run(shop, "rotate-keys", TEXT_KEY=f"{SECOND},{FIRST}", LANGUAGE=language)
        assert end.out == f"{texts('maintenance.rotate-keys', n=1)}\n{texts('maintenance.all_sealed')}\n"
        assert (await run(shop, "unseal", TEXT_KEY=SECOND)).code == 0

    async def test_all_is_stored_as_it_is_again_and_the_key_goes(self, shop: Shop) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        end = await run(shop, "unseal", TEXT_KEY=FIRST)
        assert (end.code, end.out) == (0, f"{KO('maintenance.unseal', n=1)}\n{KO('maintenance.all_open')}\n")
        assert shop.rows("SELECT text FROM verdicts") == [(BAD,)]
        await flag_one(shop)

    async def test_what_cannot_be_read_is_left_and_told(self, shop: Shop) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        end = await run(shop, "rotate-keys", TEXT_KEY=SECOND, ALLOW_UNREADABLE_TEXTS="1")
        assert end.out == f"{KO('maintenance.rotate-keys', n=0)}\n{KO('maintenance.lost', n=1)}\n"

    @pytest.mark.parametrize("command", ["rotate-keys", "unseal"])
    async def test_without_a_key_it_says_how_to_make_one(self, shop: Shop, command: str) -> None:
        (await run(shop, command)).assert_refused(KO("maintenance.no_key"), shop.server.token)

    @pytest.mark.parametrize(("language", "texts"), TOLD, ids=["Korean", "English"])
    async def test_the_report_says_what_is_kept(self, shop: Shop, language: str | None, texts: Texts) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        end = await run(shop, "privacy-report", TEXT_KEY=FIRST, DISCORD_TOKEN=None, LANGUAGE=language)
        assert (end.code, end.err) == (0, "")
        assert texts("privacy.guild", id=shop.guild.id) in end.out.splitlines()
        assert texts("privacy.writers", n=1) in end.out
        assert not any(each in end.out for each in (BAD, str(shop.customer.id), FIRST))

    async def test_the_report_for_programs(self, shop: Shop) -> None:
        await flag_one(shop, TEXT_KEY=FIRST)
        found = json.loads((await run(shop, "privacy-report", "--json", TEXT_KEY=FIRST)).out)
        assert [(each["guild_id"], each["n_texts"]) for each in found["guilds"]] == [(shop.guild.id, 1)]
        assert {each["column"]: each["n_first"] for each in found["seals"]}["verdicts.text"] == 1

    async def test_an_unknown_option_is_answered_with_the_usage(self, shop: Shop) -> None:
        end = await run(shop, "privacy-report", "--jason")
        assert (end.code, end.err) == (2, KO("start.usage") + "\n")


async def test_a_child_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"DISCORD_TOKEN": "a.b.c", "DATABASE_URL": "sqlite+aiosqlite:///hidden", "TEXT_KEY": FIRST}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert not set(secrets) & set(environment())
    program = "import os, model.__main__, model.pictures.__main__; print(dict(os.environ))"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", program, cwd=ROOT, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    assert "PATH" in os.environ
    assert not any(value in out.decode() for value in secrets.values())
