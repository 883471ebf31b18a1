"""Stories of members who want to know what is kept about them, to have it, and to have it erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, field, press, said, settled
from tests.bot.cogs.members.people import Town, link, open_town, told
from tests.bot.cogs.members.test_appeals import WORDS, appeal, ask
from tests.discord_server import Message
from tests.discord_server.interactions import Answer
from tests.support.keys import on_disk
from tests.support.shop import BAD, FLAG, jigi_in
from tests.support.store import eventually
from tests.support.talk import KO, LANGUAGES, say


@pytest.fixture
async def town(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, tiny_model) as town:
        yield town


def taken(answer: Answer | Message) -> dict[str, Any]:
    """Return what is in the file of an answer."""
    (file,) = answer.files if isinstance(answer, Answer) else answer.attachments
    assert file.filename == "jigi-data.json"
    found: dict[str, Any] = json.loads(file.data)
    return found


class TestShow:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_in_a_guild_it_is_about_that_guild(self, town: Town, locale: str, texts: Texts) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            _, alert = await alert_of(shop)
            await alert_of(shop, f"{BAD} 둘")
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await town.flagged_there()
            answer = await shop.customer.use_slash(shop.reviews, "privacy show", locale=locale)
            of_moderator = await shop.moderator.use_slash(shop.reviews, "privacy show", locale=locale)
            of_stranger = await town.moderator.use_slash(town.reviews, "privacy show", locale=locale)
        assert answer.is_ephemeral
        lines = answer.content.splitlines()
        assert lines[0] == f"**{texts('holding.title')}**"
        assert texts("holding.guild", guild=shop.guild.name) in lines
        assert texts("holding.cases", n=2, when="T").split("T")[0] in answer.content
        assert texts("holding.texts", n=1) in lines
        assert texts("holding.retention", n_days=30) in lines
        assert town.other.name not in answer.content
        assert texts("holding.staff", n=2) in of_moderator.content
        assert of_stranger.content == texts("holding.nothing_here")

    async def test_in_a_direct_message_it_is_about_all_guilds(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            await alert_of(shop)
            await town.flagged_there()
            await jigi_in(bot).settings.change(town.other.id, 1, retention_days=7)
            await jigi_in(bot).settings.change(shop.guild.id, 1, exempt_user_ids=frozenset({shop.customer.id}))
            answer = await shop.customer.use_slash(shop.customer.direct_messages, "privacy show")
            nothing = await town.moderator.use_slash(town.moderator.direct_messages, "privacy show")
        here, _, there = answer.content.partition(KO("holding.guild", guild=town.other.name))
        assert KO("holding.retention", n_days=30) in here
        assert KO("holding.exempt") in here
        assert KO("holding.retention", n_days=7) in there
        assert KO("holding.exempt") not in there
        assert nothing.content == KO("holding.nothing")

    async def test_what_shadow_mode_keeps_is_not_passed_over(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, is_shadow=True)
            await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD))
            answer = await shop.customer.use_slash(shop.reviews, "privacy show")
        assert KO("holding.texts", n=1) in answer.content

    async def test_after_a_prefix_it_goes_into_a_direct_message(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            await alert_of(shop)
            public = await say(shop, shop.customer, "!개인정보 보기")
            answer = await told(shop, shop.customer)
            usage = await say(shop, shop.customer, "!개인정보")
        assert public.content == KO("members.sent_directly")
        assert answer.content.startswith(f"**{KO('holding.title')}**")
        assert "`!개인정보 내보내기`" in answer.content
        assert "`!개인정보 삭제`" in usage.content
        assert "멤버삭제" not in usage.content


class TestExport:
    async def test_it_has_all_that_is_theirs_and_nothing_of_others(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            neighbour = shop.guild.add_member("이웃")
            await shop.flagged(await neighbour.send(shop.reviews, f"{BAD} 이웃"))
            await shop.alert()
            message, _ = await alert_of(shop)
            await said(shop, await appeal(shop, await ask(shop, message)))
            await shop.moderator.use_slash(shop.log, "cases note", number=2, text="몰래 적은 메모")
            await town.flagged_there(f"{BAD} 저기")
            here = await shop.customer.use_slash(shop.reviews, "privacy export")
            alone = await shop.customer.use_slash(shop.customer.direct_messages, "privacy export")
            await shop.customer.send(shop.reviews, "!privacy export")
            by_prefix = taken(await told(shop, shop.customer))
        assert here.is_ephemeral
        (guild,) = taken(here)["guilds"]
        assert (guild["guild_id"], guild["guild"]) == (str(shop.guild.id), shop.guild.name)
        assert [each["text"] for each in guild["verdicts"]] == [BAD]
        assert [each["message_id"] for each in guild["cases"]] == [str(message.id)]
        assert [each["words"] for each in guild["appeals"]] == [WORDS]
        assert [each["kind"] for each in guild["case_acts"]] == ["appeal"]
        written = json.dumps(taken(alone), ensure_ascii=False)
        assert [each["guild"] for each in taken(alone)["guilds"]] == [shop.guild.name, town.other.name]
        assert f"{BAD} 저기" in written
        for secret in (str(shop.moderator.id), str(neighbour.id), f"{BAD} 이웃", "몰래"):
            assert secret not in written
        assert by_prefix["guilds"] == taken(here)["guilds"]

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_of_nothing_there_is_no_file(self, town: Town, locale: str, texts: Texts) -> None:
        async with town.shop.bot():
            answer = await town.shop.customer.use_slash(town.shop.reviews, "privacy export", locale=locale)
        assert (answer.content, answer.files) == (texts("holding.nothing_here"), [])


class TestDelete:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_words_and_author_go_from_the_disk_and_from_every_alert(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, alert = await alert_of(shop)
            _, old = await alert_of(shop, f"{BAD} 결정")
            deleted, gone = await alert_of(shop, f"{BAD} 삭제")
            await said(shop, await press(shop.moderator, old, "맞음"))
            await shop.customer.delete(deleted)
            there, other = await town.flagged_there(f"{BAD} 저기")
            await said(shop, await appeal(shop, await ask(shop, message)))
            appealed = await shop.alert()
            await settled(bot)
            asked = await shop.customer.use_slash(shop.reviews, "privacy delete", locale=locale)
            assert asked.content.splitlines()[0] == texts("holding.confirm_here", n=3)
            assert BAD.encode() in on_disk(shop.database_path)
            await press(shop.customer, asked.message, texts("holding.button"), locale)
            await shop.server.wait_for(lambda: not buttons(asked.message), what="the deletion")
            assert asked.content == texts("holding.done", n=3)
            await settled(bot)
            for each in (alert, old, gone, appealed):
                shown = str(each.embeds)
                assert each.embeds[0]["title"].endswith(KO("case.title_erased", number=1)[2:])
                for secret in (BAD, WORDS[:10], str(shop.customer.id)):
                    assert secret not in shown
                assert buttons(each) == {}
            assert KO("case_act.erased") in field(appealed, "acts")
            assert message.has_reaction(FLAG)
            assert f"{BAD} 저기" in str(other.embeds)
            path, elsewhere = shop.database_path, f"{BAD} 저기".encode()
            await eventually(lambda: on_disk(path).count(BAD.encode()) == on_disk(path).count(elsewhere))
            assert WORDS.encode() not in on_disk(shop.database_path)
            why = await shop.customer.use_slash(shop.reviews, "why", message=link(message), locale=locale)
            assert why.content == texts("why.unknown")
        assert shop.rows(f"SELECT count(*) FROM cases WHERE author_id = {shop.customer.id}") == [(1,)]
        assert there.has_reaction(FLAG)

    async def test_in_a_direct_message_all_guilds_forget_also_who_has_left(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            await alert_of(shop)
            await town.flagged_there()
            await settled(bot)
            shop.customer.leave()
            asked = await shop.customer.use_slash(shop.customer.direct_messages, "privacy delete")
        assert asked.content.splitlines()[0] == KO("holding.confirm", n=2)
        async with shop.bot() as bot:  # a restart between
            await press(shop.customer, asked.message, KO("holding.button"))
            await shop.server.wait_for(lambda: asked.content == KO("holding.done", n=2), what="the deletion")
            nothing = await shop.customer.use_slash(shop.customer.direct_messages, "privacy delete")
            assert nothing.content == KO("holding.nothing")
            await settled(bot)
        written = on_disk(shop.database_path)
        assert BAD.encode() not in written
        assert shop.customer.id.to_bytes(8, "big") not in written

    async def test_a_restart_before_the_alerts_are_drawn_draws_them_afterwards(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            await settled(bot)
            asked = await shop.customer.use_slash(shop.reviews, "privacy delete")
            fault = shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", hangs=True)
            await press(shop.customer, asked.message, KO("holding.button"))
            await shop.server.wait_for(lambda: not buttons(asked.message), what="the deletion")
        assert BAD in str(alert.embeds)
        fault.end()
        async with shop.bot() as bot:
            await settled(bot)
        assert BAD not in str(alert.embeds)
        assert str(shop.customer.id) not in str(alert.embeds)

    async def test_moderators_cannot_work_on_what_was_erased(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await alert_of(shop)
            await settled(bot)
            await jigi_in(bot).database.privacy.erase(shop.customer.id, shop.guild.id)
            answer = await shop.moderator.use_slash(shop.log, "cases reopen", number=1)
        assert answer.content == KO("case_answer.ended_erased")

    async def test_forged_buttons_erase_nothing(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            await alert_of(shop)
            await town.flagged_there()
            asked = await shop.customer.use_slash(shop.reviews, "privacy delete")
            button = asked.components[0]["components"][0]
            public = await shop.customer.send(shop.reviews, "여기요")
            public.components = [{"type": 1, "components": [button]}]
            owner_there = town.other.add_member("서버장", permissions=discord.Permissions(manage_guild=True))
            hall = await town.twin.send(town.reviews, "여기도요")
            hall.components = public.components
            refused = await press(shop.moderator, public, KO("holding.button"))
            assert (refused.content, refused.is_ephemeral) == (KO("holding.not_yours"), True)
            for who, where, custom_id, expected in (
                (shop.customer, public, f"delete:{town.other.id}:{shop.customer.id}", KO("holding.not_yours")),
                (shop.customer, public, f"delete:0:{shop.customer.id}", KO("holding.not_yours")),
                (shop.guild.owner, public, f"delete:{shop.guild.id}:{shop.customer.id}", KO("holding.not_yours")),
                (
                    shop.moderator,
                    public,
                    f"forget:{shop.guild.id}:{shop.customer.id}",
                    no_permission(["manage_guild"], KO),
                ),
                (owner_there, hall, f"forget:{shop.guild.id}:{shop.customer.id}", KO("case_answer.foreign")),
            ):
                button["custom_id"] = f"jigi:privacy:{custom_id}"
                assert (await press(who, where, KO("holding.button"))).content == expected, custom_id
            assert (await jigi_in(bot).database.privacy.held(shop.customer.id, shop.guild.id)).n_texts == 1
            assert (await jigi_in(bot).database.privacy.held(shop.customer.id, town.other.id)).n_texts == 1


class TestForget:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_a_guild_forgets_who_has_asked_and_its_cases_say_who_did_it(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        admin = shop.guild.add_member("서버장", permissions=discord.Permissions(manage_guild=True))
        async with shop.bot() as bot:
            await town.set_up(bot)
            _, alert = await alert_of(shop)
            await town.flagged_there()
            await settled(bot)
            who = f"<@{shop.customer.id}>"
            asked = await admin.use_slash(shop.reviews, "privacy forget", user=shop.customer, locale=locale)
            assert asked.is_ephemeral
            assert asked.content.splitlines()[0] == texts("holding.confirm_forget", who=who)
            await press(admin, asked.message, texts("holding.button"), locale)
            await shop.server.wait_for(lambda: not buttons(asked.message), what="the deletion")
            await settled(bot)
            again = await admin.use_slash(shop.reviews, "privacy forget", user=shop.customer, locale=locale)
        assert asked.content == texts("holding.done_forget", n=1, who=who)
        assert again.content == texts("holding.nothing_of", who=who)
        assert f"<@{admin.id}>" in field(alert, "acts")
        assert str(shop.customer.id) not in str(alert.embeds)
        assert shop.rows("SELECT count(*) FROM cases WHERE author_id IS NOT NULL") == [(1,)]

    async def test_it_takes_manage_server(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            await alert_of(shop)
            by_slash = await shop.moderator.use_slash(shop.reviews, "privacy forget", user=shop.customer)
            typed = await say(shop, shop.moderator, f"!privacy forget {shop.customer.id}")
        assert by_slash.content == no_permission(["manage_guild"], KO)
        assert typed.content == no_permission(["manage_guild"], KO)
        assert shop.rows("SELECT count(*) FROM cases WHERE author_id IS NOT NULL") == [(1,)]
