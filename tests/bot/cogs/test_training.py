"""Stories of admins who train: what they see, what may go wrong, and that the old model serves whatever happens."""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import numpy as np
import psutil
import pytest
from filelock import FileLock

from bot.cogs.shared.replies import no_permission
from bot.cogs.shared.types import Bot
from bot.cogs.training import TrainingCog
from bot.config import TrainerLimits
from bot.domain.learning.trainings import FailureKind, TrainingRequest
from bot.localisation.texts import Texts
from model.versions.archive import pack
from model.vocabulary import Vocabulary
from tests.discord_server import Member, Message, Upload
from tests.support.processes import process
from tests.support.shop import GOOD, Shop, cog_in, jigi_in, open_shop
from tests.support.strict_model import make_strict_model
from tests.support.talk import say, usage
from tests.support.tiny_model import NEGATIVE_CHARACTERS, POSITIVE_CHARACTERS, keyword_weights, publish_model

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="children are stopped by signals here")

KO, EN = Texts.load("ko"), Texts.load("en")
_LONGEST = 300.0  # seconds: the machine that tests may be busy


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    limits = TrainerLimits(lock=tmp_path / "training.lock")
    async with open_shop(tmp_path, tiny_model, trainer_limits=limits) as shop:
        yield shop


@pytest.fixture
def admin(shop: Shop) -> Member:
    return shop.guild.add_member("주인", permissions=discord.Permissions(manage_guild=True, manage_messages=True))


async def teach(shop: Shop, who: Member) -> None:
    await say(shop, who, "!teach 부정 별로예요 늦어요")


async def begin(shop: Shop, who: Member, command: str = "!retrain", *files: Upload) -> Message:
    """Send a command that begins a training and return the message that shows it."""
    message = await say(shop, who, command, *files)
    assert "🧠" in message.content
    return message


async def end_of(shop: Shop, message: Message) -> dict[str, Any]:
    """Return the embed that says what became of a training."""
    await shop.server.wait_for(lambda: message.embeds, timeout=_LONGEST, what="the end of the training")
    return dict(message.embeds[0])


async def child_of(shop: Shop, process_id: int | None = None) -> psutil.Process:
    """Return the training child, once there is one."""

    def find() -> list[psutil.Process]:
        return [each for each in psutil.Process(process_id).children() if "--stop-with-stdin" in each.cmdline()]

    return (await shop.server.wait_for(find, timeout=30, what="the child"))[0]


def hurry(bot: Bot) -> None:
    """Have the progress of trainings shown at once."""
    cog_in(bot, TrainingCog)._progress.seconds_between_edits = 0.05


def states(shop: Shop) -> list[str]:
    return [state for (state,) in shop.rows("SELECT state FROM trainings ORDER BY id")]


async def version_that_judges(shop: Shop, bot: Bot) -> str:
    message = await shop.customer.send(shop.reviews, GOOD)
    return str((await shop.verdict(bot, message)).model_version)


class TestTraining:
    async def test_it_is_shown_judged_published_serves_and_can_be_taken_back(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST) as bot:
            hurry(bot)
            await teach(shop, admin)
            message = await begin(shop, admin, "!retrain force:true")
            assert KO("training.fine_tune") in message.content
            child = await child_of(shop)
            await shop.server.wait_for(lambda: child.nice() > 0, timeout=60, what="the low priority")
            assert shop.server.token not in child.environ().values()
            assert await version_that_judges(shop, bot) == "keyword-1"
            embed = await end_of(shop, message)
            assert embed["title"] in (KO("training.published", version="v1"), KO("training.forced", version="v1"))
            assert KO("gate.golden_accuracy") in embed["fields"][0]["value"]
            assert embed["image"]["url"].startswith(("attachment://learning_curves.png", "http"))
            assert message.attachments[0].data.startswith(b"\x89PNG")
            assert await version_that_judges(shop, bot) == "v1"
            assert states(shop) == ["published"]
            assert len(message.edits) >= 2
            answer = await say(shop, admin, "!model rollback")
            assert answer.content == KO("model.now_serves", version="keyword-1")
            assert await version_that_judges(shop, bot) == "keyword-1"
        ((manifest,),) = shop.rows("SELECT manifest FROM model_versions")
        assert json.loads(manifest)["provenance"]["n_examples"] == 1

    async def test_by_slash_who_asks_is_told_and_the_channel_sees_it(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST):
            await teach(shop, admin)
            answer = await admin.use_slash(shop.reviews, "retrain start", locale="en-US")
            assert answer.message.content == EN("training.begun")
            await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
            answer = await admin.use_slash(shop.reviews, "retrain cancel", locale="en-US")
            assert answer.message.content == EN("retrain.stopped")
            await shop.server.wait_for(lambda: states(shop) == ["cancelled"], timeout=30)

    async def test_a_candidate_that_fails_the_gate_is_refused_by_name_and_by_how_much(
        self, shop: Shop, admin: Member, tmp_path: Path
    ) -> None:
        archive = Upload("v9.zip", pack(make_strict_model(tmp_path / "strict-1")))
        async with shop.bot(longest=_LONGEST) as bot:
            embed = await end_of(shop, await begin(shop, admin, "!model import", archive))
            assert embed["title"] == KO("training.refused")
            assert f"❌ {KO('gate.neutral_flagged')} **100%**" in embed["fields"][0]["value"]
            assert await version_that_judges(shop, bot) == "keyword-1"
            embed = await end_of(shop, await begin(shop, admin, "!model import true", archive))
            assert embed["title"] == KO("training.forced", version="v1")
            assert await version_that_judges(shop, bot) == "v1"
        assert states(shop) == ["refused", "published"]
        assert shop.rows("SELECT is_forced, origin, parent_name FROM model_versions") == [(1, "imported", "keyword-1")]


class TestWhatMayGoWrong:
    async def test_cancelled_it_ends_at_once(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST) as bot:
            await teach(shop, admin)
            message = await begin(shop, admin)
            child = await child_of(shop)
            assert (await say(shop, admin, "!retrain cancel")).content == KO("retrain.stopped")
            assert (await end_of(shop, message))["title"] == KO("training.cancelled")
            assert not child.is_running()
            assert await version_that_judges(shop, bot) == "keyword-1"
            assert (await say(shop, admin, "!retrain cancel")).content == KO("retrain.not_running")
        assert states(shop) == ["cancelled"]

    @pytest.mark.parametrize(
        ("harm", "kind"),
        [
            pytest.param(lambda child: child.kill(), FailureKind.KILLED, id="killed"),
            pytest.param(lambda child: child.suspend(), FailureKind.SILENT, id="hangs"),
            pytest.param(
                lambda child: resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, 0)),
                FailureKind.DISK,
                id="has no room on the disk",
            ),
        ],
    )
    async def test_a_child_that_ends_badly_leaves_the_old_model_serving(
        self,
        shop: Shop,
        admin: Member,
        tiny_model: Path,
        harm: Callable[[psutil.Process], object],
        kind: FailureKind,
    ) -> None:
        limit = 2.0 if kind is FailureKind.SILENT else _LONGEST
        limits = replace(shop.config.trainer_limits, silence=limit)
        async with shop.bot(longest=_LONGEST, trainer_limits=limits) as bot:
            message = await begin(shop, admin, "!model import", Upload("v1.zip", pack(tiny_model)))
            harm(await child_of(shop))
            embed = await end_of(shop, message)
            assert embed["title"] == KO("training.failed")
            assert embed["description"] == KO("training.old_serves", reason=KO(f"failure.{kind}"))
            assert await version_that_judges(shop, bot) == "keyword-1"
            assert (await begin(shop, admin, "!model import", Upload("v1.zip", pack(tiny_model)))) is not None
        assert states(shop) == ["failed", "interrupted"]
        assert shop.rows("SELECT count(*) FROM model_versions") == [(0,)]

    async def test_a_database_without_room_for_the_version_keeps_the_old_one(
        self, shop: Shop, admin: Member, tmp_path: Path
    ) -> None:
        archive = pack(_large_model(tmp_path / "large-1"))
        async with shop.bot(longest=_LONGEST) as bot:
            message = await begin(shop, admin, "!model import true", Upload("v1.zip", archive))
            await _leave_room_for(bot, 0)
            embed = await end_of(shop, message)
            assert embed["title"] == KO("training.failed")
            assert embed["description"].endswith(KO("failure.disk"))
            await _leave_room_for(bot, 10_000)
            assert await version_that_judges(shop, bot) == "keyword-1"
        assert shop.rows("SELECT count(*) FROM model_versions") == [(0,)]

    async def test_a_bot_that_is_killed_takes_its_child_along_and_the_next_one_says_so(
        self, shop: Shop, admin: Member, tmp_path: Path
    ) -> None:
        limits = TrainerLimits(lock=tmp_path / ".cache" / "jigi" / "one-training")
        async with process(shop, {"HOME": str(tmp_path)}) as bot:
            await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=30)
            await teach(shop, admin)
            message = await begin(shop, admin)
            child = await child_of(shop, bot.pid)
            bot.send_signal(signal.SIGKILL)
            await bot.wait()
            await shop.server.wait_for(lambda: not _is_running(child), timeout=30, what="the child's end")
        assert states(shop) == ["running"]
        folders = limits.lock.parent / "trainings"
        assert [folder.stat().st_mode & 0o777 for folder in folders.iterdir()] == [0o700]
        async with shop.bot(longest=_LONGEST, trainer_limits=limits) as client:
            assert list(folders.iterdir()) == []  # what people taught does not stay
            await shop.server.wait_for(lambda: message.content == KO("training.interrupted"), timeout=30)
            assert await version_that_judges(shop, client) == "keyword-1"
        assert states(shop) == ["interrupted"]

    async def test_after_a_suspend_the_training_of_this_process_goes_on(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST) as bot:
            await teach(shop, admin)
            await begin(shop, admin)
            await shop.change_beside(bot, "UPDATE trainings SET alive_at = '2020-01-01 00:00:00'")
            await cog_in(bot, TrainingCog)._progress.mark_interrupted()
            assert states(shop) == ["running"]
            assert (await say(shop, admin, "!retrain cancel")).content == KO("retrain.stopped")

    async def test_a_training_that_died_with_its_bot_stands_in_nobodys_way(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST) as bot:
            await teach(shop, admin)
            await jigi_in(bot).database.trainings.begin(TrainingRequest(shop.guild.id, 70))
            just_now = (datetime.now(UTC) - timedelta(seconds=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
            await shop.change_beside(bot, "UPDATE trainings SET alive_at = ?", just_now)
            await begin(shop, admin)
            assert states(shop) == ["interrupted", "running"]


class TestWhoMayNot:
    async def test_a_second_training_is_refused_with_who_is_training_since_when(
        self, shop: Shop, admin: Member
    ) -> None:
        async with shop.bot(longest=_LONGEST):
            await teach(shop, admin)
            await begin(shop, admin)
            answer = await say(shop, admin, "!retrain")
            assert f"<@{admin.id}>" in answer.content
            assert "<t:" in answer.content
        assert states(shop) == ["interrupted"]

    async def test_while_another_bot_of_the_machine_trains_it_must_wait(self, shop: Shop, admin: Member) -> None:
        lock = FileLock(shop.config.trainer_limits.lock)
        lock.acquire()
        async with shop.bot():
            await teach(shop, admin)
            assert (await say(shop, admin, "!retrain")).content == KO("training.machine_busy")
        lock.release()
        assert states(shop) == ["cancelled"]

    async def test_while_another_server_trains_it_hears_since_when_and_not_who(self, shop: Shop, admin: Member) -> None:
        lock = FileLock(shop.config.trainer_limits.lock)
        lock.acquire()
        async with shop.bot() as bot:
            await jigi_in(bot).database.trainings.begin(TrainingRequest(guild_id=5, requested_by=77))
            await teach(shop, admin)
            answer = (await say(shop, admin, "!retrain")).content
        lock.release()
        assert answer.startswith(KO("training.bot_busy", since="<t:").split("<t:")[0] + "<t:")
        assert "77>" not in answer

    async def test_without_examples_there_is_nothing_to_learn(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            assert (await say(shop, admin, "!retrain")).content == KO(
                "training.nothing_to_learn", example="!예시추가 부정 배송이 너무 늦어요"
            )

    async def test_without_tensorflow_it_says_how_to_install_it(self, shop: Shop, admin: Member) -> None:
        limits = replace(shop.config.trainer_limits, packages=("tensorflow", "no_such_package"))
        async with shop.bot(trainer_limits=limits):
            assert (await say(shop, admin, "!retrain")).content == KO("training.missing_packages")
        assert "pip install" in KO("training.missing_packages")

    @pytest.mark.parametrize("command", ["retrain", "retrain cancel"])
    async def test_it_takes_manage_server(self, shop: Shop, command: str) -> None:
        async with shop.bot():
            assert (await say(shop, shop.moderator, f"!{command}")).content == no_permission(["manage_guild"], KO)

    @pytest.mark.parametrize("words", ["fast", "full corpus:imdb", "corpus:"])
    async def test_used_wrongly_it_says_how_it_is_used(self, shop: Shop, admin: Member, words: str) -> None:
        async with shop.bot():
            assert (await say(shop, admin, f"!retrain {words}")).content == usage("retrain start")

    async def test_an_archive_that_is_none_is_refused(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(longest=_LONGEST):
            embed = await end_of(shop, await begin(shop, admin, "!model import", Upload("v1.zip", b"PK nonsense")))
        assert embed["title"] == KO("training.failed")
        assert embed["description"].endswith(KO("failure.damaged"))


@pytest.mark.parametrize(("seconds", "state"), [(50, "running"), (70, "interrupted")])
async def test_a_training_is_dead_a_minute_after_its_last_sign_of_life(shop: Shop, seconds: int, state: str) -> None:
    async with shop.bot() as bot:
        await jigi_in(bot).database.trainings.begin(TrainingRequest(shop.guild.id, 70))
        last = datetime.now(UTC) - timedelta(seconds=seconds)
        await shop.change_beside(bot, "UPDATE trainings SET alive_at = ?", last.strftime("%Y-%m-%d %H:%M:%S.%f"))
        await cog_in(bot, TrainingCog)._progress.mark_interrupted()
        assert states(shop) == [state]


def _large_model(folder: Path) -> Path:
    """Publish the keyword model with noise where its network does not look: an archive of 100 kB, like real ones."""
    keywords = NEGATIVE_CHARACTERS + POSITIVE_CHARACTERS
    others = (chr(code) for code in range(ord("가"), ord("가") + 2000) if chr(code) not in keywords)
    vocabulary = Vocabulary(keywords + "".join(others))
    weights = keyword_weights(len(vocabulary))
    weights["embedding"][:, 2:] = np.random.default_rng(7).normal(size=weights["embedding"][:, 2:].shape)
    return publish_model(folder, vocabulary, weights, folder.name, 0.9)


async def _leave_room_for(bot: Bot, n_pages: int) -> None:
    """Let the database grow by so many pages and no more: SQLite's own stand-in for a full disk."""
    async with jigi_in(bot).database._transactions._writer.connect() as connection:
        n_used = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {n_used + n_pages}")


def _is_running(child: psutil.Process) -> bool:
    return child.is_running() and child.status() != psutil.STATUS_ZOMBIE
