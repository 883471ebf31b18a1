"""Stories of moderators who look through old messages: it is reported, and nothing else happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.history.scanning import Pace
from bot.cogs.shared.replies import no_permission
from bot.domain.history.scans import MAX_MESSAGES
from bot.localisation.texts import Texts
from tests.bot.cogs.history.office import Office, open_office, table_in
from tests.discord_server import Message
from tests.discord_server.guilds import PRIVATE_THREAD, VOICE
from tests.support.shop import BAD, FLAG, GOOD, jigi_in
from tests.support.talk import EN, KO, LANGUAGES, let_in_everybody, usage

PLAIN = "오늘 저녁 뭐 먹지"  # 0.4 to the tiny model
SLOW = Pace(between_pages=30.0, between_edits=0.0, n_per_page=2, first_pause=0.01)
UNTOUCHED = ("verdicts", "actions", "cases", "case_acts", "decisions")


@pytest.fixture
async def office(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, tiny_model) as office:
        yield office


def labels(message: Message) -> list[str]:
    return [each["label"] for row in message.components for each in row["components"]]


def fields(message: Message) -> dict[str, str]:
    return {each["name"]: each["value"] for each in message.embeds[0].get("fields", [])}


class TestReport:
    async def test_it_says_in_numbers_what_would_be_flagged_and_does_nothing_about_it(self, office: Office) -> None:
        said = await office.say(*[GOOD] * 5, BAD, PLAIN, f"{BAD} 2")
        async with office.bot() as bot:
            await jigi_in(bot).pipeline.drain()
            before = office.n_rows(*UNTOUCHED)
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
            await jigi_in(bot).pipeline.drain()
            assert office.n_rows(*UNTOUCHED) == before
            assert before["verdicts"] == 0
            assert await jigi_in(bot).database.cursors.find(office.talk.id) is None
        counts = {"n_read": "8", "n_judged": "8", "n_flagged": "2", "share": "25%"}
        assert report.embeds[0]["description"] == KO("scan.summary", channel=f"<#{office.talk.id}>", **counts)
        found = fields(report)
        assert found[KO("scan.judged_by")] == KO("scan.model", version="keyword-1", threshold="90%")
        worst = found[KO("scan.most_negative")].splitlines()
        place = f"https://discord.com/channels/{office.shop.guild.id}/{office.talk.id}"
        assert {line.rpartition("(")[2] for line in worst} == {f"{place}/{said[5].id})", f"{place}/{said[7].id})"}
        assert not any(each.has_reaction(FLAG) for each in said)
        assert office.shop.log.history == []
        assert labels(report) == []
        assert report.content == ""

    async def test_the_file_has_neither_texts_nor_authors(self, office: Office) -> None:
        said = await office.say(GOOD, BAD, PLAIN)
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        rows = table_in(report, "jigi-scan.csv")
        assert [row["message_id"] for row in rows] == [str(each.id) for each in said]
        assert [row["label"] for row in rows] == [KO("label.positive"), KO("label.negative"), KO("label.neutral")]
        assert [row["flagged"] for row in rows] == ["false", "true", "false"]
        assert float(rows[1]["negative_probability"]) > 0.99
        assert rows[1]["link"].endswith(f"/{office.talk.id}/{said[1].id}")
        content = report.file("jigi-scan.csv").data.decode() + str(report.embeds)
        assert not any(secret in content for secret in ("별로", str(office.shop.customer.id), "좋아요"))

    async def test_the_picture_is_told_in_words(self, office: Office) -> None:
        await office.say(GOOD, BAD)
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        picture = report.file("jigi-scan.png")
        assert picture.dimensions == (960, 840)
        spoken = KO("scan.spoken", n_judged="2", n_flagged="1", share="50%")
        assert picture.description == KO("scan.picture", summary=spoken)
        assert report.embeds[0]["image"]["url"] == picture.url

    async def test_bots_moderators_and_commands_are_left_out_as_they_are_live(self, office: Office) -> None:
        await office.say(BAD)
        await office.shop.moderator.send(office.talk, BAD)
        await office.shop.guild.add_member("다른 봇", is_bot=True).send(office.talk, BAD)
        await office.say(":)")
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        assert "4" in report.embeds[0]["description"]
        assert len(table_in(report, "jigi-scan.csv")) == 1

    async def test_the_guilds_own_threshold_of_that_channel_is_used(self, office: Office) -> None:
        await office.say(PLAIN, GOOD)
        async with office.bot() as bot:
            thresholds = {office.talk.id: 0.3}
            await jigi_in(bot).settings.change(office.shop.guild.id, 1, thresholds=thresholds)
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        assert fields(report)[KO("scan.judged_by")] == KO("scan.model", version="keyword-1", threshold="30%")
        assert [row["flagged"] for row in table_in(report, "jigi-scan.csv")] == ["true", "false"]

    async def test_no_more_than_the_limit_is_read_and_that_the_newest(self, office: Office) -> None:
        said = await office.say(*[f"{GOOD} {n}" for n in range(20)])
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}> limit:7"))
        ids = [row["message_id"] for row in table_in(report, "jigi-scan.csv")]
        assert ids == [str(each.id) for each in said[-7:]]

    async def test_of_an_empty_channel_it_says_so(self, office: Office) -> None:
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        assert report.embeds[0]["description"] == KO("scan.empty", channel=f"<#{office.talk.id}>")
        assert report.attachments == []

    async def test_of_talk_without_words_it_says_so(self, office: Office) -> None:
        await office.say(":)")
        async with office.bot():
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        wanted = KO("scan.nothing_judged", channel=f"<#{office.talk.id}>", n_read="1")
        assert report.embeds[0]["description"] == wanted

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_who_asks_hears_in_their_language_where_it_is_shown(
        self, office: Office, locale: str, texts: Texts
    ) -> None:
        await office.say(BAD)
        async with office.bot():
            answer = await office.shop.moderator.use_slash(
                office.desk, "scan", channel=office.talk, limit=10, locale=locale
            )
            report = await office.reported(await office.heard())
        assert answer.is_ephemeral
        shown = {"channel": f"<#{office.talk.id}>", "shown": f"<#{office.desk.id}>"}
        assert answer.content == texts("scan.begun", **shown)
        assert report.embeds[0]["title"] == KO("scan.report")

    async def test_the_report_is_in_the_guilds_language(self, office: Office) -> None:
        await office.say(BAD)
        async with office.bot(language="en"):
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        assert report.embeds[0]["title"] == EN("scan.report")
        assert table_in(report, "jigi-scan.csv")[0]["label"] == EN("label.negative")

    async def test_koreans_write_it_in_korean(self, office: Office) -> None:
        await office.say(BAD)
        async with office.bot():
            report = await office.reported(await office.ask(f"!훑어보기 #{office.talk.name} 10"))
        assert len(table_in(report, "jigi-scan.csv")) == 1


class TestPlaces:
    async def test_a_thread_a_voice_channel_and_a_forum_with_all_its_posts(self, office: Office) -> None:
        guild = office.shop.guild
        thread = office.talk.add_thread("이야기", author=office.shop.customer)
        voice, forum = guild.add_channel(VOICE, "음성"), guild.add_forum("후기")
        old = forum.add_thread("별로", author=office.shop.customer, content="그저 그래요")
        forum.add_thread("새 글", author=office.shop.customer, content=BAD)
        await office.say(BAD, GOOD, channel=old)
        await office.say(*[BAD] * 3, channel=thread)
        await office.say(GOOD, channel=voice)
        old.archive()
        expected = {thread: (3, 3), voice: (1, 0), forum: (4, 3), old: (3, 2)}
        async with office.bot():
            for place, (n_judged, n_flagged) in expected.items():
                report = await office.reported(await office.ask(f"!scan <#{place.id}>"))
                flagged = [row["flagged"] for row in table_in(report, "jigi-scan.csv")]
                assert (len(flagged), flagged.count("true")) == (n_judged, n_flagged), place.name

    async def test_one_of_another_guild_is_unknown(self, office: Office) -> None:
        foreign = office.shop.server.add_guild("다른 상점").add_text_channel("후기")
        async with office.bot():
            answer = await office.ask(f"!scan {foreign.id}")
        assert answer.content == KO("settings.unknown_channel", received=foreign.id)
        assert foreign.history == []

    async def test_the_log_channel_and_a_category_are_not_looked_through(self, office: Office) -> None:
        category = office.shop.guild.add_category("모음")
        async with office.bot():
            log = await office.ask(f"!scan <#{office.shop.log.id}>")
            nothing = await office.ask(f"!scan {category.id}")
        assert log.content == KO("scan.log_channel", channel=f"<#{office.shop.log.id}>")
        assert nothing.content == KO("scan.no_messages", channel=f"<#{category.id}>")

    async def test_a_private_thread_is_for_those_who_are_in_it(self, office: Office) -> None:
        thread = office.shop.guild.new_channel(office.shop.server.snowflakes.make(), PRIVATE_THREAD, "비밀")
        thread.parent, thread.owner = office.talk, office.shop.customer.user
        thread.thread_members = [office.shop.customer.user, office.shop.server.bot_user]
        await office.say(BAD, channel=thread)
        async with office.bot():
            refused = await office.ask(f"!scan {thread.id}")
            thread.thread_members.append(office.shop.moderator.user)
            report = await office.reported(await office.ask(f"!scan {thread.id}"))
        assert refused.content == KO("scan.not_in_thread")
        assert len(table_in(report, "jigi-scan.csv")) == 1

    @pytest.mark.parametrize("name", ["read_message_history", "view_channel"])
    async def test_what_the_bot_may_not_read_is_told_with_the_mend(self, office: Office, name: str) -> None:
        office.talk.set_permissions(office.shop.guild.bot, **{name: False})
        async with office.bot():
            answer = await office.ask(f"!scan {office.talk.id}")
        if name == "view_channel" and answer.content == KO("scan.unseen"):
            return
        wanted = KO("scan.bot_lacks", channel=f"<#{office.talk.id}>", names=KO(f"permission.{name}"))
        assert answer.content.startswith(wanted)

    async def test_who_may_not_read_a_channel_does_not_learn_of_it(self, office: Office) -> None:
        office.talk.set_permissions(office.shop.moderator, read_message_history=False, manage_messages=False)
        async with office.bot():
            answer = await office.ask(f"!scan {office.talk.id}")
        names = ", ".join(KO(f"permission.{each}") for each in ("read_message_history", "manage_messages"))
        assert answer.content == KO("scan.you_lack", channel=f"<#{office.talk.id}>", names=names)

    async def test_where_everybody_reads_it_is_shown_in_the_log_channel(self, office: Office) -> None:
        await office.say(BAD)
        async with office.bot():
            answer = await office.ask(f"!scan <#{office.talk.id}>", channel=office.shop.reviews)
            report = await office.reported(await office.heard(office.shop.log))
        shown = {"channel": f"<#{office.talk.id}>", "shown": f"<#{office.shop.log.id}>"}
        assert answer.content == KO("scan.begun", **shown)
        assert len(table_in(report, "jigi-scan.csv")) == 1

    async def test_where_everybody_reads_and_nothing_else_will_do_it_says_what_would(self, office: Office) -> None:
        async with office.bot(log_channel_id=None):
            answer = await office.ask(f"!scan <#{office.talk.id}>", channel=office.shop.reviews)
        assert answer.content == KO("scan.public")

    async def test_where_it_may_not_attach_files_it_says_so(self, office: Office) -> None:
        office.desk.set_permissions(office.shop.guild.bot, view_channel=True, attach_files=False)
        async with office.bot():
            answer = await office.ask(f"!scan <#{office.talk.id}>")
        assert answer.content == KO(
            "scan.cannot_show", channel=f"<#{office.desk.id}>", names=KO("permission.attach_files")
        )


class TestMistakes:
    @pytest.mark.parametrize("written", ["0", "10001", "많이", "-5", "1.5"])
    async def test_a_bad_limit_is_one_sentence(self, office: Office, written: str) -> None:
        async with office.bot():
            answer = await office.ask(f"!scan <#{office.talk.id}> {written}")
        assert answer.content.replace("\\", "") == KO("scan.bad_limit", most=f"{MAX_MESSAGES:,}", received=written)

    async def test_by_slash_discord_itself_bounds_the_limit(self, office: Office) -> None:
        async with office.bot():
            with pytest.raises(ValueError, match="limits"):
                await office.shop.moderator.use_slash(office.desk, "scan", channel=office.talk, limit=MAX_MESSAGES + 1)

    async def test_members_may_not(self, office: Office) -> None:
        async with office.bot():
            by_prefix = await office.ask(
                f"!scan <#{office.talk.id}>", who=office.shop.customer, channel=office.shop.reviews
            )
            with pytest.raises(PermissionError):
                await office.shop.customer.use_slash(office.talk, "scan", channel=office.talk)
        assert by_prefix.content == no_permission(["manage_messages"], KO)

    async def test_whom_a_server_has_let_in_may_look_where_they_moderate(self, office: Office) -> None:
        office.desk.set_permissions(office.shop.customer, view_channel=True)
        async with office.bot():
            let_in_everybody(office.shop)
            refused = await office.shop.customer.use_slash(
                office.desk, "scan", channel=office.talk, locale="en-US", until="shown"
            )
            office.talk.set_permissions(office.shop.customer, manage_messages=True)
            begun = await office.shop.customer.use_slash(office.desk, "scan", channel=office.talk, locale="en-US")
            await office.reported(await office.heard())
        assert refused.content == EN(
            "scan.you_lack", channel=f"<#{office.talk.id}>", names=EN("permission.manage_messages")
        )
        assert begun.content == EN("scan.begun", channel=f"<#{office.talk.id}>", shown=f"<#{office.desk.id}>")

    async def test_without_a_channel_it_says_how_it_is_used(self, office: Office) -> None:
        async with office.bot():
            answer = await office.ask("!scan")
        assert answer.content == usage("scan")


class TestOneAtATime:
    async def test_a_second_is_told_who_is_at_it_and_another_guild_is_not_in_its_way(self, office: Office) -> None:
        await office.say(*[GOOD] * 6)
        other = office.shop.server.add_guild("다른 상점")
        owner = other.owner
        there, desk = other.add_text_channel("후기"), other.add_text_channel("운영진")
        desk.set_permissions(other.everyone, view_channel=False)
        desk.set_permissions(other.bot, view_channel=True)
        await owner.send(there, GOOD)
        async with office.bot(SLOW):
            await office.ask(f"!scan <#{office.talk.id}>")
            second = await office.ask(f"!scan <#{office.talk.id}>", who=office.admin)
            await owner.send(desk, f"!scan <#{there.id}>")
            theirs = await office.heard(desk)
            await office.reported(theirs)
        assert second.content.startswith(f"<@{office.shop.moderator.id}>")
        assert f"<#{office.talk.id}>" in second.content
        assert str(office.talk.id) not in str(theirs.embeds)


class TestCancel:
    @pytest.mark.parametrize("by_admin", [False, True])
    async def test_who_began_it_and_who_manages_the_guild_may_and_nothing_is_left(
        self, office: Office, by_admin: bool
    ) -> None:
        await office.say(*[BAD] * 6)
        async with office.bot(SLOW):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: "2" in message.content.splitlines()[2], what="progress")
            await (office.admin if by_admin else office.shop.moderator).click(message, label=KO("scan.cancel"))
            await office.shop.server.wait_for(lambda: message.content == KO("scan.cancelled"), what="the end")
            assert office.n_rows("scanned_messages") == {"scanned_messages": 0}
            assert office.shop.rows("SELECT state FROM scans") == [("cancelled",)]
            assert labels(message) == []
            again = await office.ask(f"!scan <#{office.talk.id}>")
            assert again.content.startswith("🔎")

    async def test_another_moderator_may_not(self, office: Office) -> None:
        await office.say(*[BAD] * 6)
        other = office.shop.guild.add_member("둘째", permissions=discord.Permissions(manage_messages=True))
        office.desk.set_permissions(other, view_channel=True)
        async with office.bot(SLOW):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            answer = await other.click(message, label=KO("scan.cancel"), locale="en-US")
            assert answer.is_ephemeral
            assert answer.content == EN("scan.not_yours", by=f"<@{office.shop.moderator.id}>")
            assert office.shop.rows("SELECT state FROM scans") == [("running",)]

    async def test_a_button_of_another_guild_does_nothing(self, office: Office) -> None:
        await office.say(*[BAD] * 6)
        other = office.shop.server.add_guild("다른 상점")
        channel = other.add_text_channel("후기")
        async with office.bot(SLOW) as bot:
            await office.ask(f"!scan <#{office.talk.id}>")
            for guild_id, scan_id, key in ((office.shop.guild.id, 1, "foreign"), (other.id, 1, "over")):
                forged: Any = discord.ui.View(timeout=None)
                custom_id = f"jigi:scan:{guild_id}:{scan_id}"
                forged.add_item(discord.ui.Button(label="중단", custom_id=custom_id))
                there = bot.get_channel(channel.id)
                assert isinstance(there, discord.TextChannel)
                sent = await there.send("가짜", view=forged)
                answer = await other.owner.click(channel.messages[sent.id], label="중단")
                assert answer.content == KO(f"scan.{key}")
            assert office.shop.rows("SELECT state FROM scans") == [("running",)]


class TestRestart:
    async def test_the_next_start_goes_on_where_it_was_and_edits_the_same_message(self, office: Office) -> None:
        said = await office.say(*[GOOD, BAD] * 5)
        async with office.bot(SLOW):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
        assert message.embeds == []
        n_before = len(office.shop.server.requests_to("GET", f".*/channels/{office.talk.id}/messages"))
        async with office.bot():
            await office.reported(message)
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 0)
        assert [row["message_id"] for row in table_in(message, "jigi-scan.csv")] == [str(each.id) for each in said]
        reads = office.shop.server.requests_to("GET", f".*/channels/{office.talk.id}/messages")[n_before:]
        assert reads[0].query["before"] == str(said[-2].id)
        assert [each for each in office.desk.history if each.author is office.shop.server.bot_user] == [message]

    async def test_one_that_died_before_it_could_note_its_message_finds_it(self, office: Office) -> None:
        await office.say(*[GOOD] * 4)
        async with office.bot(SLOW):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
        office.shop.change("UPDATE scans SET report_message_id = NULL")
        async with office.bot():
            await office.reported(message)
        assert len([each for each in office.desk.history if each.author is office.shop.server.bot_user]) == 1

    async def test_one_that_died_before_its_end_was_noted_reports_again_in_place(self, office: Office) -> None:
        await office.say(GOOD)
        async with office.bot():
            message = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
            await office.shop.server.wait_for(lambda: office.shop.rows("SELECT state FROM scans") == [("done",)])
        office.shop.change("UPDATE scans SET state = 'running'")
        n_edits = len(message.edits)
        async with office.bot():
            await office.shop.server.wait_for(lambda: office.shop.rows("SELECT state FROM scans") == [("done",)])
        assert len(message.edits) > n_edits

    async def test_after_a_day_it_is_ended_and_erased(self, office: Office) -> None:
        await office.say(*[GOOD] * 6)
        async with office.bot(SLOW):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
        office.shop.change("UPDATE scans SET started_at = datetime('now', '-25 hours')")
        async with office.bot(SLOW):
            await office.shop.server.wait_for(lambda: message.content == KO("scan.expired"), what="the end")
            assert office.n_rows("scanned_messages") == {"scanned_messages": 0}


class TestTrouble:
    async def test_an_outage_is_sat_out(self, office: Office) -> None:
        await office.say(*[BAD] * 12)
        path = f"/channels/{office.talk.id}/messages"
        async with office.bot(Pace(0.05, 0.0, 5, 0.01)):
            office.shop.server.faults.add("GET", path, breaks="before", times=8)
            report = await office.reported(await office.ask(f"!scan <#{office.talk.id}>"))
        assert len(table_in(report, "jigi-scan.csv")) == 12

    async def test_a_channel_that_is_closed_meanwhile_is_reported_as_far_as_it_was_read(self, office: Office) -> None:
        await office.say(*[BAD] * 6)
        async with office.bot(Pace(0.5, 0.0, 2, 0.01)):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
            office.shop.server.faults.add("GET", f"/channels/{office.talk.id}/messages", status=403, code=50001)
            await office.reported(message)
        assert fields(message)[KO("scan.note")] == KO("scan.unreadable")
        assert len(table_in(message, "jigi-scan.csv")) < 6

    async def test_a_message_that_somebody_deleted_ends_it(self, office: Office) -> None:
        await office.say(*[BAD] * 6)
        async with office.bot(Pace(0.3, 0.0, 2, 0.01)):
            message = await office.ask(f"!scan <#{office.talk.id}>")
            await office.admin.delete(message)
            await office.shop.server.wait_for(lambda: office.shop.rows("SELECT state FROM scans") == [("failed",)])
            assert office.n_rows("scanned_messages") == {"scanned_messages": 0}

    async def test_what_is_deleted_meanwhile_is_forgotten(self, office: Office) -> None:
        said = await office.say(*[BAD] * 4)
        async with office.bot(SLOW):
            await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
            await office.shop.customer.delete(said[-1])
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 1)

    async def test_when_the_bot_is_removed_nothing_is_left(self, office: Office) -> None:
        await office.say(*[BAD] * 4)
        async with office.bot(SLOW):
            await office.ask(f"!scan <#{office.talk.id}>")
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages")["scanned_messages"] == 2)
            office.shop.guild.remove_bot()
            nothing = {"scanned_messages": 0, "scans": 0}
            await office.shop.server.wait_for(lambda: office.n_rows("scanned_messages", "scans") == nothing)


async def test_live_messages_are_judged_while_it_goes_on(office: Office) -> None:
    await office.say(*[GOOD] * 30)
    async with office.bot(Pace(0.02, 0.0, 5, 0.01)):
        await office.ask(f"!scan <#{office.talk.id}>")
        await office.shop.flagged(await office.shop.customer.send(office.shop.reviews, BAD))
