"""Stories of members who ask why their message was flagged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, press, said, settled
from tests.bot.cogs.members.people import Town, link, open_town, told
from tests.discord_server.interactions import Answer
from tests.support.shop import BAD, GOOD, jigi_in
from tests.support.talk import EN, KO, LANGUAGES, say, usage


@pytest.fixture
async def town(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, tiny_model) as town:
        yield town


def is_private(answer: Answer) -> bool:
    return answer.is_ephemeral


class TestAnswer:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_says_how_likely_what_weighed_most_by_which_model_and_what_was_said(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            answer = await shop.customer.use_slash(shop.reviews, "why", message=link(message), locale=locale)
        lines = answer.content.splitlines()
        assert answer.is_ephemeral
        assert lines[0] == f"**{texts('why.title')}** · {texts('case.link', url=link(message))}"
        assert lines[1] == texts("why.probability", percent=texts("case.nearly_all"))
        assert lines[2] == texts("why.model", version="keyword-1", threshold="90%")
        assert "__**별**__" in lines[3] or "__**별로**__" in lines[3]
        assert lines[5:] == [texts("why.state_open"), texts("why.may_err"), texts("why.may_appeal")]
        assert list(buttons(answer.message)) == [texts("appeal.button")]

    async def test_a_decision_is_told_and_not_whose_and_the_text_is_gone(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await settled(bot)
            answer = await shop.customer.use_slash(shop.reviews, "why", message=str(message.id))
        assert KO("why.state_right") in answer.content
        assert KO("why.text_gone") in answer.content
        assert str(shop.moderator.id) not in answer.content
        assert list(buttons(answer.message)) == [KO("appeal.button")]

    async def test_what_is_no_longer_flagged_has_no_button(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await shop.customer.edit(message, GOOD)
            await shop.verdict(bot, message, where=lambda each: not each.is_flagged)
            answer = await shop.customer.use_slash(shop.reviews, "why", message=link(message))
        assert KO("why.state_edited") in answer.content
        assert buttons(answer.message) == {}

    async def test_the_menu_of_a_message_does_the_same(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            answer = await shop.customer.use_context_menu(shop.reviews, KO("command.why_menu"), message)
            foreign = await shop.moderator.use_context_menu(
                shop.reviews, EN("command.why_menu"), message, locale="en-US"
            )
        assert answer.is_ephemeral
        assert KO("why.title") in answer.content
        assert (foreign.content, foreign.is_ephemeral) == (EN("why.unknown"), True)

    async def test_after_a_prefix_the_answer_goes_into_a_direct_message(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            public = await say(shop, shop.customer, f"!이유 {link(message)}")
            answer = await told(shop, shop.customer)
            shop.customer.user.accepts_direct_messages = False
            refused = await say(shop, shop.customer, f"!why {message.id}")
        assert public.content == KO("members.sent_directly")
        assert KO("why.title") in answer.content
        assert refused.content == KO("examples.no_direct_messages", command="/이유")

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_what_names_no_message_is_answered_with_an_example(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        async with town.shop.bot():
            answer = await town.shop.customer.use_slash(town.shop.reviews, "why", message="어제 그거", locale=locale)
        assert answer.content == usage("why", Caller(texts))


class TestWhoMayAsk:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_anothers_anothers_guilds_an_unknown_and_a_harmless_one_are_answered_alike(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, _ = await alert_of(shop)
            there, _ = await town.flagged_there()
            harmless = await shop.customer.send(shop.reviews, GOOD)
            assert await shop.is_judged(bot, harmless)
            neighbour = shop.guild.add_member("이웃")
            for who, named in (
                (neighbour, link(message)),
                (shop.moderator, str(message.id)),
                (shop.customer, link(there)),
                (shop.customer, str(there.id)),
                (shop.customer, link(harmless)),
                (shop.customer, "9" * 20),
                (shop.customer, link(message).replace(str(shop.guild.id), str(town.other.id))),
            ):
                answer = await who.use_slash(shop.reviews, "why", message=named, locale=locale)
                assert (answer.content, answer.is_ephemeral) == (texts("why.unknown"), True), named
                assert answer.components == []

    async def test_in_a_direct_message_links_lead_to_either_guild_and_only_to_ones_own(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, _ = await alert_of(shop)
            there, _ = await town.flagged_there()
            alone = shop.customer.direct_messages
            for each in (message, there):
                answer = await shop.customer.use_slash(alone, "why", message=link(each))
                assert link(each) in answer.content
            crossed = link(message).replace(str(shop.guild.id), str(town.other.id))
            for named in (crossed, link(message).replace(str(shop.guild.id), "@me")):
                assert (await shop.customer.use_slash(alone, "why", message=named)).content == KO("why.unknown")
            foreign = await shop.moderator.use_slash(shop.moderator.direct_messages, "why", message=link(message))
        assert foreign.content == KO("why.unknown")

    async def test_who_is_timed_out_or_has_left_can_still_ask_in_a_direct_message(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            shop.customer.timed_out_until = datetime.now(UTC) + timedelta(hours=1)
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, "why", message=link(message))
            alone = shop.customer.direct_messages
            timed_out = await shop.customer.use_slash(alone, "why", message=link(message))
            shop.customer.leave()
            gone = await shop.customer.use_slash(alone, "why", message=link(message))
        assert KO("why.title") in timed_out.content
        assert KO("why.title") in gone.content

    async def test_in_shadow_mode_nobody_learns_what_would_have_been_flagged(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, is_shadow=True)
            message = await shop.customer.send(shop.reviews, BAD)
            assert (await shop.verdict(bot, message)).is_flagged
            answer = await shop.customer.use_slash(shop.reviews, "why", message=link(message))
            listed = await shop.customer.use_slash(shop.reviews, "why")
        assert answer.content == KO("why.unknown")
        assert listed.content == KO("why.none")


class TestList:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_the_newest_of_the_guild_are_offered_and_opened(self, town: Town, locale: str, texts: Texts) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            await town.flagged_there()
            for i in range(6):
                message, _ = await alert_of(shop, f"{BAD} {i}")
            listed = await shop.customer.use_slash(shop.reviews, "why", locale=locale)
            opened = await press(shop.customer, listed.message, "1", locale)
        assert listed.content.startswith(f"**{texts('why.newest')}**\n1. <#{shop.reviews.id}>")
        assert list(buttons(listed.message)) == ["1", "2", "3", "4", "5"]
        assert f"> {BAD} 5" in listed.content
        assert f"> {BAD} 0" not in listed.content
        assert str(town.reviews.id) not in listed.content
        assert opened.is_ephemeral
        assert link(message) in opened.content

    async def test_in_a_direct_message_it_names_the_guilds_and_buttons_outlive_a_restart(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, _ = await alert_of(shop)
            await town.flagged_there()
            listed = await shop.customer.use_slash(shop.customer.direct_messages, "why")
        assert f"1. {town.other.name} · <#{town.reviews.id}>" in listed.content
        assert f"2. {shop.guild.name} · <#{shop.reviews.id}>" in listed.content
        async with shop.bot():
            opened = await press(shop.customer, listed.message, "2")
            forged = listed.message.components[0]["components"][0]
            forged["custom_id"] = f"jigi:why:{'9' * 19}"
            nothing = await press(shop.customer, listed.message, "1")
        assert link(message) in opened.content
        assert await said(shop, nothing) == KO("why.unknown")
