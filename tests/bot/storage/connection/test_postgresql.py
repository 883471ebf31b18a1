"""A server may be away, hang, start again, or refuse: each is one sentence, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.domain.cases import ActKind
from bot.domain.learning.trainings import BusyError, TrainingRequest, TrainingState
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.verdicts import newest_rows
from model.classifier import Classifier
from tests.support import postgresql
from tests.support.records import flag, say
from tests.support.store import BAD, GOOD, Recorder, change, message, open_store, rows, run_pipeline, url, verdict

GUILD, MODERATOR, OTHER = 1, 70, 71
SECRET = "hunter2"


@pytest.fixture
def path(server: postgresql.Server, tmp_path: Path) -> Iterator[Path]:
    """Return what stands for a database on the server, which runs again after the test."""
    server.make(found := tmp_path / f"jigi{postgresql.SUFFIX}")
    yield found
    if not server.is_running:
        server.start()
    server.thaw()


class TestOpen:
    @pytest.mark.parametrize(
        ("address", "problem"),
        [
            ("postgresql+asyncpg://jigi@127.0.0.1:1/jigi", "unreachable"),
            ("postgresql+asyncpg://jigi:hunter2@no.such.host.invalid/jigi", "unreachable"),
            ("postgresql+asyncpg://jigi:hunter2@127.0.0.1:{port}/nowhere", "no_such_database"),
            ("postgresql+asyncpg://locked:hunter2@127.0.0.1:{port}/postgres", "wrong_password"),
            ("postgresql+asyncpg://locked@127.0.0.1:{port}/postgres?password=hunter2", "wrong_password"),
            ("postgresql+asyncpg://jigi:hunter2@127.0.0.1:{port}/postgres", "no_privilege"),
            ("postgresql+asyncpg://jigi:p@hunter2@127.0.0.1/jigi", "unescaped_password"),
            ("postgresql+asyncpg://jigi:p@hunter2/1@127.0.0.1/jigi", "unescaped_password"),
            ("postgresql+asyncpg://127.0.0.1:hunter2/jigi", "wrong_url"),
            ("postgresql+asyncpg://jigi:hunter2@127.0.0.1/", "wrong_url"),
            ("postgresql+psycopg://jigi:hunter2@127.0.0.1/jigi", "wrong_url"),
            ("postgresql+asyncpg://jigi@127.0.0.1:{port}/jigi?passwrd=hunter2", "wrong_option"),
            ("postgresql+asyncpg://jigi@127.0.0.1:{port}/jigi?command_timeout=hunter2", "wrong_number"),
            ("postgresql+asyncpg://jigi@127.0.0.1:{port}/jigi?ssl=hunter", "not_connected"),
        ],
    )
    async def test_what_cannot_be_opened_is_one_sentence_without_the_password(
        self, path: Path, server: postgresql.Server, address: str, problem: str
    ) -> None:
        with pytest.raises(DatabaseError) as error:
            await Database.open(address.format(port=server.port))
        assert error.value.problem == problem
        for language in ("ko", "en"):
            sentence = error.value.sentence(Texts.load(language))
            assert "\n" not in sentence
            assert SECRET not in sentence
            assert "Traceback" not in sentence
        assert SECRET not in "".join(traceback.format_exception(error.value))

    async def test_without_the_driver_it_is_said_how_to_install_it(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address = url(path)
        monkeypatch.setitem(sys.modules, "asyncpg", None)
        with pytest.raises(DatabaseError) as error:
            await Database.open(address)
        for language in ("ko", "en"):
            assert "pip install 'jigi[postgres]'" in error.value.sentence(Texts.load(language))

    async def test_a_password_of_every_kind_of_character_lets_us_in(
        self, path: Path, server: postgresql.Server
    ) -> None:
        database = url(path).rpartition("/")[2]
        server.execute(f"GRANT {postgresql.OWNER} TO {postgresql.LOCKED}")
        password = quote(postgresql.PASSWORD, safe="")
        for address in (
            f"{postgresql.LOCKED}:{password}@127.0.0.1:{server.port}/{database}",
            f"{postgresql.LOCKED}@127.0.0.1:{server.port}/{database}?password={password}",
        ):
            opened = await Database.open(f"postgresql+asyncpg://{address}")
            assert postgresql.PASSWORD not in repr(opened._transactions._writer)
            await opened.close()

    async def test_several_hosts_may_be_named_and_the_one_that_writes_is_taken(
        self, path: Path, server: postgresql.Server
    ) -> None:
        database = url(path).rpartition("/")[2]
        hosts = f"host=127.0.0.1:1&host=127.0.0.1:{server.port}"
        opened = await Database.open(f"postgresql+asyncpg://{postgresql.OWNER}@/{database}?{hosts}")
        assert await opened.verdicts.record([verdict(1, BAD)])
        await opened.close()


class TestWritingByTurns:
    async def test_two_bots_that_store_the_same_at_once_store_it_once(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            batches = [[verdict(10 * batch + n, BAD) for n in range(1, 9)] for batch in range(10)]
            channels = dict.fromkeys(range(1, 40), 1)
            backwards = dict(reversed(channels.items()))
            writing = [first.verdicts.record(batch, channels) for batch in batches]
            writing += [second.verdicts.record(batch, backwards) for batch in batches]
            stored = await asyncio.gather(*writing)
        assert sum(map(len, stored)) == 80
        assert rows(path, "SELECT count(*), count(DISTINCT message_id) FROM verdicts") == [(80, 80)]
        assert rows(path, "SELECT count(*), max(number) FROM cases") == [(80, 80)]

    async def test_deleting_while_batches_are_stored_leaves_no_text(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            ids = list(range(1, 257))
            await first.verdicts.record([verdict(each, BAD) for each in ids])
            edited = [verdict(each, f"{BAD}!", 5, is_bad=True) for each in ids]
            editing = [first.verdicts.record(edited[n::4]) for n in range(4)]
            await asyncio.gather(*editing, *(second.verdicts.erase(ids[n::8]) for n in range(8)))
            await second.verdicts.erase(ids)
        assert rows(path, "SELECT count(*) FROM verdicts WHERE text IS NOT NULL") == [(0,)]
        assert rows(path, "SELECT count(*) FROM actions WHERE kind = 'alert' AND state = 'pending'") == [(0,)]

    async def test_a_double_click_a_threshold_and_a_training_are_taken_once(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            for message_id in range(1, 21):
                await flag(first, message_id)
                both = [say(each, message_id, True, by, may_learn=True) for each, by in ((first, 70), (second, 71))]
                decided = await asyncio.gather(*both)
                assert sum(each is not None and each.earlier is None for each in decided) == 1
                await asyncio.gather(*(each.guilds.change(message_id, 1, threshold=0.5) for each in (first, second)))
                begun = await asyncio.gather(
                    *(each.trainings.begin(TrainingRequest(message_id, 1)) for each in (first, second)),
                    return_exceptions=True,
                )
                assert sorted(isinstance(each, BusyError) for each in begun) == [False, True]
        assert rows(path, "SELECT count(*) FROM decisions") == [(20,)]

    async def test_what_reads_sees_one_moment_and_waits_for_nobody(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE verdicts SET threshold = 0.1")
                found = await database.verdicts.newest(1)
            assert found is not None
            assert found.threshold == 0.9
            with pytest.raises(DatabaseError):
                async with database._transactions.reading() as connection:
                    await connection.exec_driver_sql("UPDATE verdicts SET threshold = 0.1")

    async def test_one_who_holds_everybody_up_is_told_and_nothing_is_lost(self, path: Path) -> None:
        address = f"{url(path)}?command_timeout=0.5"
        database = await Database.open(address)
        async with open_store(path) as other, other._transactions.writing():
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
        assert error.value.problem == "locked"
        assert await database.verdicts.record([verdict(1, BAD)])
        await database.close()


class TestWhatIsStored:
    async def test_times_are_in_utc_whatever_the_clock_of_the_server(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            found = await database.verdicts.newest(1)
            assert found is not None
            assert abs(found.created_at - datetime.now(UTC)) < timedelta(minutes=1)
            assert found.created_at.utcoffset() == timedelta(0)
            assert await database.verdicts.erase_older_than(1) == 0
        assert rows(path, "SELECT current_setting('timezone')") == [("Asia/Seoul",)]

    async def test_nul_and_half_a_surrogate_pair_are_stored_in_whatever_people_write(self, path: Path) -> None:
        words = "앞\0뒤\ud83d"
        async with open_store(path) as database:
            await flag(database, 1, words)
            await database.cases.note(GUILD, 1, ActKind.NOTE, MODERATOR, words)
            training = await database.trainings.begin(TrainingRequest(GUILD, MODERATOR))
            await database.trainings.end(training.id, TrainingState.FAILED, words)
        replaced = "앞\ufffd뒤\ufffd"
        assert rows(path, "SELECT text FROM verdicts") == [(replaced,)]
        assert rows(path, "SELECT reason FROM case_acts WHERE kind = 'note'") == [(replaced,)]
        assert rows(path, "SELECT detail FROM trainings") == [(replaced,)]

    async def test_an_error_does_not_repeat_what_people_wrote(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            change(path, "ALTER TABLE verdicts ADD CHECK (text IS NULL)")
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(2, BAD)])
        assert BAD not in "".join(traceback.format_exception(error.value))

    async def test_a_list_is_one_parameter_however_long(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.cursors.advance({channel: channel for channel in range(1, 700)})
            assert len(await database.cursors.find_all(range(1, 2_000))) == 699
            assert await database.cursors.find_all([]) == {}
            await database.verdicts.record([verdict(each, BAD, guild_id=each) for each in (1, 2, 3)])
            change(path, "UPDATE verdicts SET created_at = created_at - interval '9 days'")
            assert await database.verdicts.erase_older_than(5, {2: 300}) == 2
            async with database._transactions.reading() as connection:
                used = await connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements")
                statements = [statement for (statement,) in used]
        assert not any("$200" in statement for statement in statements)

    async def test_a_plan_that_was_made_while_a_table_was_empty_is_not_kept(self, path: Path) -> None:
        async with open_store(path) as database, database._transactions.reading() as connection:
            for _ in range(10):
                await newest_rows(connection, range(200))
            query = "SELECT generic_plans, custom_plans FROM pg_prepared_statements "
            query += "WHERE statement LIKE 'SELECT verdicts.%ANY%'"
            plans = (await connection.exec_driver_sql(query)).all()
        assert [tuple(each) for each in plans] == [(0, 10)]


class TestConnectionLoss:
    async def test_a_restart_while_messages_flow_loses_and_doubles_nothing(
        self, path: Path, server: postgresql.Server, classifier: Classifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        n_messages, recorder = 3_000, Recorder()
        async with open_store(path) as database, run_pipeline(classifier, database, recorder) as pipeline:

            async def restart() -> None:
                for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGINT):
                    await asyncio.sleep(0.3)
                    await asyncio.to_thread(server.stop, how)
                    await asyncio.sleep(0.2)
                    await asyncio.to_thread(server.start)

            restarting = asyncio.create_task(restart())
            for number in range(1, n_messages + 1):
                await pipeline.submit(message(number, BAD if number % 20 == 0 else GOOD))
                if number % 10 == 0:
                    await asyncio.sleep(0.004)
            await restarting
            await pipeline.drain()
        assert rows(path, "SELECT count(*), count(DISTINCT message_id) FROM verdicts") == [(n_messages, n_messages)]
        n_flagged = n_messages // 20
        planned = "SELECT kind, state, count(*) FROM actions GROUP BY kind, state ORDER BY kind"
        assert rows(path, planned) == [("alert", "done", n_flagged), ("react", "done", n_flagged)]
        assert rows(path, "SELECT last_message_id FROM channels") == [(n_messages,)]
        assert {message_id for _, message_id in recorder.deeds} == set(range(20, n_messages + 1, 20))
        assert "Trying again" in caplog.text

    async def test_after_a_restart_the_first_that_asks_gets_an_answer(
        self, path: Path, server: postgresql.Server
    ) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await asyncio.to_thread(server.stop)
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.newest(1)
            assert error.value.problem == "unreachable"
            await asyncio.to_thread(server.start)
            assert await database.verdicts.newest(1) is not None
            assert await database.verdicts.record([verdict(2, BAD)])

    async def test_a_server_that_hangs_is_told_in_time_and_does_not_hold_up_the_end(
        self, path: Path, server: postgresql.Server
    ) -> None:
        database = await Database.open(f"{url(path)}?command_timeout=1&timeout=1")
        await database.verdicts.record([verdict(1, BAD)])
        server.freeze()
        for _ in range(2):  # with a connection, and without
            started = time.monotonic()
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(2, BAD)])
            assert error.value.problem == "no_answer"
            assert time.monotonic() - started < 5  # an order of magnitude, of what would never end
        await database.close()
        server.thaw()
        async with open_store(path) as other:
            assert await other.verdicts.record([verdict(2, BAD)])

    async def test_a_server_that_has_become_read_only_is_told(self, path: Path, server: postgresql.Server) -> None:
        async with open_store(path):
            pass
        name = url(path).rpartition("/")[2]
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        async with open_store(path) as database:
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
        assert error.value.problem == "server_read_only"
