"""Stories of admins who look at their models, choose them and carry them elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.localisation.texts import Texts
from model.versions.archive import pack, unpack
from tests.discord_server import Member, Upload
from tests.support.publishing import new_version
from tests.support.shop import Shop, jigi_in, open_shop
from tests.support.talk import LANGUAGES, say, usage

KO = Texts.load("ko")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def admin(shop: Shop) -> Member:
    return shop.guild.add_member("주인", permissions=discord.Permissions(manage_guild=True))


async def publish(shop: Shop, bot: discord.Client, model: Path, n: int = 1) -> None:
    for _ in range(n):
        version = new_version(pack(model), guild_id=shop.guild.id)
        await jigi_in(bot).database.versions.publish(version)  # type: ignore[arg-type]


@pytest.mark.parametrize("command", ["", " list", " show", " use v1", " rollback", " export", " import"])
async def test_it_takes_manage_server(shop: Shop, command: str) -> None:
    async with shop.bot():
        assert (await say(shop, shop.moderator, f"!model{command}")).content == no_permission(["manage_guild"], KO)


class TestLooking:
    async def test_the_list_names_each_version_its_parent_and_which_serves(
        self, shop: Shop, admin: Member, tiny_model: Path
    ) -> None:
        async with shop.bot() as bot:
            first = (await say(shop, admin, "!model list")).content
            await publish(shop, bot, tiny_model, 2)
            lines = (await say(shop, admin, "!model list")).content.splitlines()
        assert first == f"{KO('model.configured', name='keyword-1')} {KO('model.serves')}"
        assert [line.split()[0] for line in lines[:2]] == ["**v2**", "**v1**"]
        assert lines[0].endswith(KO("model.serves"))
        assert KO("model.serves") not in lines[1] + lines[2]

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_one_is_shown_with_what_made_it(
        self, shop: Shop, admin: Member, tiny_model: Path, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            await publish(shop, bot, tiny_model)
            answer = await admin.use_slash(shop.reviews, "model show", version="v1", locale=locale)
        fields = {field["name"]: field["value"] for field in answer.message.embeds[0]["fields"]}
        assert answer.message.is_ephemeral
        assert fields[texts("model.parent")] == "keyword-1"
        assert fields[texts("model.n_examples")] == "3"
        assert fields[texts("model.origin")] == texts("origin.trained")

    async def test_what_serves_is_shown_if_no_version_is_named(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            assert (await say(shop, admin, "!model show")).content == KO("model.configured", name="keyword-1")
            assert (await say(shop, admin, "!model show 기본")).content == KO("model.configured", name="keyword-1")

    async def test_what_a_foreign_manifest_says_cannot_break_the_list(
        self, shop: Shop, admin: Member, tiny_model: Path
    ) -> None:
        new = new_version(pack(tiny_model), guild_id=shop.guild.id)
        said = {"n_examples": "9" * 3000, "seed": "1" * 3000, "recipe": {"name": "*" * 3000}}
        async with shop.bot() as bot:
            await jigi_in(bot).database.versions.publish(replace(new, manifest={**new.manifest, "provenance": said}))
            lines = (await say(shop, admin, "!model list")).content.splitlines()
            answer = await admin.use_slash(shop.reviews, "model show", version="v1", locale="ko")
        assert "v1" in lines[0]
        assert len(lines[0]) < 200
        fields = {field["name"]: field["value"] for field in answer.message.embeds[0]["fields"]}
        assert (fields[KO("model.seed")], fields[KO("model.n_examples")]) == ("?", "0")


class TestChoosing:
    async def test_one_is_used_and_rolled_back(self, shop: Shop, admin: Member, tiny_model: Path) -> None:
        async with shop.bot() as bot:
            await publish(shop, bot, tiny_model, 2)
            for command, name in (
                ("!model use 1", "v1"), ("!model use v2", "v2"), ("!model use 기본", "keyword-1"),
                ("!model use v1", "v1"), ("!model rollback", "keyword-1"),
            ):  # fmt: skip
                assert (await say(shop, admin, command)).content == KO("model.now_serves", version=name)
            assert (await say(shop, admin, "!model rollback")).content == KO(
                "model.no_way_back", example="!모델 사용 v2"
            )

    @pytest.mark.parametrize("command", ["use v7", "use latest", "show v7", "export v7"])
    async def test_a_version_that_there_is_not_is_answered_kindly(
        self, shop: Shop, admin: Member, command: str
    ) -> None:
        async with shop.bot():
            assert (await say(shop, admin, f"!model {command}")).content == KO("model.unknown", command="!모델 목록")

    async def test_by_slash_an_unknown_version_is_answered_kindly(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            answer = await admin.use_slash(shop.reviews, "모델 사용", 번호="v7", locale="ko")
        assert answer.message.content == KO("model.unknown", command="/모델 목록")

    async def test_used_wrongly_it_says_how_it_is_used(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            assert (await say(shop, admin, "!model use")).content == usage("model use")
            assert "`!모델 가져오기`" in (await say(shop, admin, "!model delete")).content


class TestCarrying:
    async def test_what_is_exported_is_the_version_itself(
        self, shop: Shop, admin: Member, tiny_model: Path, tmp_path: Path
    ) -> None:
        async with shop.bot() as bot:
            assert (await say(shop, admin, "!model export")).content == KO("model.nothing_to_export")
            await publish(shop, bot, tiny_model)
            answer = await admin.use_slash(shop.reviews, "model export", version="v1")
            (file,) = answer.message.attachments
        unpack(file.data, tmp_path / "m")
        assert (tmp_path / "m" / "weights.npz").read_bytes() == (tiny_model / "weights.npz").read_bytes()
        assert file.filename == f"jigi-{shop.guild.id}-v1.zip"

    async def test_a_file_that_is_too_large_is_not_fetched(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            answer = await say(shop, admin, "!model import", Upload("v1.zip", b"\0" * (8 * 2**20 + 1)))
        assert answer.content == KO("model.too_large", most=8)
