"""With a key, what people wrote lies on the disk sealed; without its key it is told of, and nothing is lost."""

from __future__ import annotations

import logging
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import JSON, String, select

from bot.domain.cases import ActKind
from bot.domain.learning.trainings import TrainingRequest, TrainingState
from bot.domain.messages import UNREADABLE
from bot.domain.verdicts import Acting, Policy, Verdict, decide
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.schema import Sealed, metadata, trainings, verdicts
from bot.storage.schema.sealed import Keyring, prefix_of, sealed_columns
from bot.storage.upkeep.backup import back_up, restore
from model.examples import ExampleLabel
from model.prediction import Prediction
from tests.support.keys import FIRST, SECOND, THIRD, on_disk
from tests.support.paths import ROOT
from tests.support.records import GUILD, MODERATOR, do_all, flag, say, taught, teach
from tests.support.store import BAD, eventually, message, open_store, rows, url, verdict

EDITED, TAUGHT, NOTE = "이제 보니 더 별로예요", "포장이 뜯겨서 왔어요", "이 손님은 두 번째예요"
QUOTED = "읽을 수 없는 줄: 배송이 늦어요"

# Columns of text that hold no words of anybody, and what they hold.
WORDLESS = {
    "actions.detail": "what Discord answered, or why an alert is closed",
    "guilds.exempt_channel_ids": "ids",
    "guilds.exempt_role_ids": "ids",
    "guilds.exempt_user_ids": "ids",
    "guilds.thresholds": "ids and numbers",
    "guilds.watched": "ids",
    "guilds.reply_words": "an administrator's, for everybody to read",
    "model_versions.manifest": "metrics, and what the model was made of",
    "setting_changes.after": "as in guilds",
    "setting_changes.before": "as in guilds",
    "settings.value": "keys, themselves sealed",
}
_LONGEST_NAME = 100  # characters of a column that names something


def judged(message_id: int, content: str, revision: int = 0) -> Verdict:
    """Flag a message, whatever it says."""
    policy = Policy(0.9, "keyword-1", Acting(reacts=True, alerts=True))
    return decide(message(message_id, content, revision), content, Prediction(0.01), policy)


async def fill(database: Database) -> None:
    """Write something into every column that holds words."""
    await database.verdicts.record([judged(1, BAD), judged(2, BAD)])
    await database.verdicts.record([judged(1, EDITED, 10)])
    await do_all(database)
    await teach(database, (TAUGHT, ExampleLabel.NEGATIVE))
    await database.cases.note(GUILD, 1, ActKind.NOTE, MODERATOR, NOTE)
    training = await database.trainings.begin(TrainingRequest(GUILD, MODERATOR))
    await database.trainings.end(training.id, TrainingState.FAILED, QUOTED)


async def words(database: Database) -> list[str | None]:
    """Return what was written, as it is read."""
    newest = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
    notes = [act.reason for act in (await database.cases.file(GUILD, 1)).acts if act.reason]
    async with database._transactions.reading() as connection:
        detail = await connection.scalar(select(trainings.c.detail))
    return [*(each.text for each in newest if each), *(text for text, _ in await taught(database)), *notes, detail]


ALL = [EDITED, BAD, TAUGHT, NOTE, QUOTED]


def test_every_column_of_text_is_sealed_or_known_to_hold_no_words() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, JSON)
        or (isinstance(column.type, String) and (column.type.length or _LONGEST_NAME + 1) > _LONGEST_NAME)
    }
    assert found == set(WORDLESS)
    holding_words = {str(column) for column in sealed_columns(metadata)}
    assert holding_words >= {"verdicts.text", "examples.text", "case_acts.reason", "trainings.detail"}


def test_every_sealed_column_can_be_sealed_anew_row_by_row() -> None:
    for column in sealed_columns(metadata):
        (row_id,) = column.table.primary_key.columns
        assert row_id.type.python_type is int


def test_sql_is_not_asked_what_a_sealed_text_says() -> None:
    text = verdicts.c.text
    for ask in (partial(text.__eq__, BAD), partial(text.contains, BAD), partial(text.in_, [BAD])):
        with pytest.raises(TypeError, match="in Python"):
            ask()


def test_what_a_key_is_called_does_not_tell_it() -> None:
    assert len({prefix_of(key) for key in (FIRST, SECOND, THIRD)}) == 3
    assert FIRST not in repr(Keyring([FIRST])) + str(vars(Keyring([FIRST]))["prefixes"])


@pytest.mark.sqlite
class TestOnTheDisk:
    async def test_nothing_that_was_written_is_there(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
            assert await words(database) == ALL
            assert not any(text.encode() in on_disk(path) for text in (BAD, *ALL))
        assert not any(text.encode() in on_disk(path) for text in (BAD, *ALL))

    async def test_without_a_key_it_is(self, path: Path) -> None:
        async with open_store(path) as database:
            await fill(database)
            assert all(text.encode() in on_disk(path) for text in ALL)
        assert rows(path, "SELECT value FROM settings WHERE key = 'text_keys'") == []

    async def test_what_is_erased_leaves_nothing_sealed_either(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
            stored = [row[0].encode() for row in rows(path, "SELECT text FROM verdicts WHERE text IS NOT NULL")]
            assert len(stored) == 2
            await database.verdicts.erase([1, 2])
            await eventually(lambda: not any(each in on_disk(path) for each in stored))

    async def test_the_key_of_the_digests_is_sealed_too(self, path: Path) -> None:
        async with open_store(path):
            pass
        ((plain,),) = rows(path, "SELECT value FROM settings")
        async with open_store(path, text_keys=[FIRST]) as database:
            await eventually(lambda: plain.encode() not in on_disk(path))
            await teach(database, (TAUGHT, ExampleLabel.NEGATIVE))
        async with open_store(path, text_keys=[SECOND, FIRST]) as database:  # and stays the same
            await teach(database, (TAUGHT, ExampleLabel.NEUTRAL))
            assert await taught(database) == [(TAUGHT, ExampleLabel.NEUTRAL)]

    async def test_a_copy_is_sealed_as_the_database_is(self, path: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.sqlite3"
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
            back_up(url(path), copy)
        assert not any(text.encode() in on_disk(copy) for text in (BAD, *ALL))
        restore(url(path), copy)
        async with open_store(path, text_keys=[FIRST]) as database:
            assert await words(database) == ALL


class TestKeys:
    async def test_every_key_opens_and_the_first_seals(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([judged(1, "하나 별로예요")])
        async with open_store(path, text_keys=[FIRST]) as database:
            await database.verdicts.record([judged(2, "둘 별로예요")])
        async with open_store(path, text_keys=[SECOND, FIRST]) as database:
            await database.verdicts.record([judged(3, "셋 별로예요")])
            found = [await database.verdicts.newest(message_id) for message_id in (1, 2, 3)]
            assert [each.text for each in found if each] == ["하나 별로예요", "둘 별로예요", "셋 별로예요"]
        stored = [row[0] for row in rows(path, "SELECT text FROM verdicts ORDER BY id")]
        assert stored[0] == "하나 별로예요"
        assert [each[:10] for each in stored[1:]] == [prefix_of(FIRST), prefix_of(SECOND)]

    async def test_all_is_sealed_with_the_first(self, path: Path) -> None:
        async with open_store(path) as database:
            await fill(database)
        async with open_store(path, text_keys=[FIRST]) as database:
            assert await database.sealing.seal_all() == len(ALL)
            assert await database.sealing.seal_all() == 0
            await eventually(lambda: not any(text.encode() in on_disk(path) for text in ALL))
        async with open_store(path, text_keys=[SECOND, FIRST]) as database:
            assert await database.sealing.seal_all() == len(ALL)
        async with open_store(path, text_keys=[SECOND]) as database:
            assert await words(database) == ALL

    async def test_it_goes_on_where_it_was_interrupted(self, path: Path) -> None:
        n = 600  # three chunks
        async with open_store(path) as database:
            await database.verdicts.record([judged(number, f"{BAD} {number}") for number in range(1, n + 1)])
        async with open_store(path, text_keys=[FIRST]) as database:
            n_sealed, after = await database.sealing._rewrite_some(verdicts.c.text, 0, Keyring([FIRST]))
            assert after is not None
            assert 0 < n_sealed < n
        async with open_store(path, text_keys=[FIRST]) as database:
            assert await database.sealing.seal_all() == n - n_sealed
            stored = await database.verdicts.with_text(n)
        assert {each.text for each in stored} == {f"{BAD} {number}" for number in range(1, n + 1)}

    @pytest.mark.sqlite
    async def test_all_can_be_opened_for_good(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
        async with open_store(path, text_keys=[FIRST]) as database:
            assert await database.sealing.open_all() == len(ALL)
        async with open_store(path) as database:
            assert await words(database) == ALL
            await teach(database, (TAUGHT, ExampleLabel.NEUTRAL))
            assert await taught(database) == [(TAUGHT, ExampleLabel.NEUTRAL)]
        assert all(text.encode() in on_disk(path) for text in ALL)

    @pytest.mark.parametrize("keys", [[], [SECOND]], ids=["no key", "another key"])
    async def test_a_key_that_is_missing_is_told_and_nothing_lost(self, path: Path, keys: list[str]) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
        before = [rows(path, f"SELECT * FROM {name}") for name in ("settings", "verdicts", "examples", "case_acts")]
        with pytest.raises(DatabaseError) as error:
            await Database.open(url(path), keys)
        assert error.value.problem == "sealed"
        assert FIRST not in str(error.value)
        for language in ("ko", "en"):
            assert "TEXT_KEY" in error.value.sentence(Texts.load(language))
        assert before == [
            rows(path, f"SELECT * FROM {name}") for name in ("settings", "verdicts", "examples", "case_acts")
        ]
        async with open_store(path, text_keys=[*keys, FIRST]) as database:
            assert await words(database) == ALL

    async def test_without_its_key_a_text_is_read_as_unreadable_if_that_is_allowed(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await fill(database)
        for keys in ([], [SECOND]):
            async with open_store(path, text_keys=keys, may_miss_keys=True) as database:
                assert await words(database) == [UNREADABLE] * len(ALL)
                assert await database.sealing.seal_all() == 0
                assert await database.sealing.n_lost() == len(ALL)
        async with open_store(path, text_keys=[SECOND, FIRST]) as database:
            assert await words(database) == ALL

    async def test_nothing_is_learned_of_a_text_that_cannot_be_read(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await flag(database)
        async with open_store(path, may_miss_keys=True) as database:
            decided = await say(database, 1, True, MODERATOR, may_learn=True)
            assert decided is not None
            assert not decided.is_example
            assert await taught(database) == []

    async def test_a_key_that_seals_nothing_any_more_can_go(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await flag(database)
        async with open_store(path, text_keys=[SECOND, FIRST]) as database:
            await database.verdicts.erase([1])
        async with open_store(path, text_keys=[SECOND]):
            pass
        assert rows(path, "SELECT value FROM settings WHERE key = 'text_keys'") == [(prefix_of(SECOND),)]

    async def test_a_damaged_text_is_unreadable(self, path: Path) -> None:
        async with open_store(path, text_keys=[FIRST]) as database:
            await flag(database)
            await database.verdicts.record([verdict(2, BAD)])
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE verdicts SET text = substr(text, 1, 40) WHERE message_id = 1")
            stored = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
        assert [each.text for each in stored if each] == [UNREADABLE, BAD]


class TestWhatPeopleWrite:
    @pytest.mark.parametrize("keys", [[], [FIRST]], ids=["plain", "sealed"])
    async def test_nobody_can_write_what_looks_sealed(self, path: Path, keys: list[str]) -> None:
        forged = Keyring([FIRST]).seal("위조한 글")
        async with open_store(path, text_keys=keys) as database:
            await database.verdicts.record([judged(1, forged), judged(2, "\ud83d 반쪽\0")])
            stored = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
        assert [each.text for each in stored if each] == ["\ufffd" + forged[1:], "\ufffd 반쪽\ufffd"]

    async def test_neither_key_nor_text_is_logged(self, path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            async with open_store(path, text_keys=[FIRST]) as database:
                await fill(database)
                await database.sealing.seal_all()
        assert FIRST not in caplog.text
        assert not any(text in caplog.text for text in ALL)


def test_whoever_has_no_key_does_not_wait_for_the_library(path: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "import bot.client, bot.maintenance\n"
        "from bot.storage.database import Database\n"
        "async def start(keys):\n"
        f"    await (await Database.open({url(path)!r}, keys)).close()\n"
        "asyncio.run(start([]))\n"
        "assert 'cryptography' not in sys.modules\n"
        f"asyncio.run(start([{FIRST!r}]))\n"
        "assert 'cryptography' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60, cwd=ROOT)


def test_the_type_of_words_is_a_text_to_the_database() -> None:
    assert str(Sealed().compile()) == "TEXT"
