"""However many rows there are, each is handed out once, in files that Discord takes."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.fernet import Fernet

from bot.domain.history.exports import NAMES, ExportFilter, ExportKind
from bot.domain.history.tables import Format
from bot.services.exports import Export, ExportedFile
from bot.storage.database import Database
from tests.support.store import BAD, GOOD, open_store, verdict

SPOILED = "=HYPERLINK(1)"


def row(number: int, text: str = BAD) -> dict[str, object]:
    """Return a row of cases as the database gives it."""
    at = datetime(2026, 11, 3, tzinfo=UTC)
    values = (number, "open", None, at, 10**18 + number, 7, None, 10**18 + 5, 0.99, 0.9, "jigi-3", None, None, None)
    return dict(zip(NAMES[ExportKind.CASES], (*values, text), strict=True))


def numbers_in(files: Sequence[ExportedFile]) -> list[int]:
    """Return the numbers of all rows in files, packed or not."""
    found = []
    for each in files:
        content = each.content.read()
        if each.name.endswith(".zip"):
            with ZipFile(io.BytesIO(content)) as archive:
                (name,) = archive.namelist()
                content = archive.read(name)
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        found += [int(each["number"]) for each in rows]
    return found


class TestFiles:
    def test_what_fits_is_sent_as_it_is(self) -> None:
        with Export(ExportKind.CASES, Format.CSV, 1) as export:
            export.add([row(1), row(2)])
            files = export.files(10_000)
            assert [each.name for each in files] == ["jigi-cases.csv"]
            assert numbers_in(files) == [1, 2]

    @pytest.mark.parametrize("most", [400_000, 200_000])
    def test_what_does_not_is_packed_into_as_many_as_it_takes(self, most: int) -> None:
        with Export(ExportKind.CASES, Format.CSV, 1) as export:
            export.add(row(number, f"{number * 7919:x} 줄\n바꿈") for number in range(20_000))
            files = export.files(most)
            sizes = [each.content.seek(0, 2) for each in files]
            for each in files:
                each.content.seek(0)
            assert len(files) > 1
            assert max(sizes) <= most
            assert numbers_in(files) == list(range(20_000))

    def test_its_files_are_gone_with_it(self) -> None:
        with Export(ExportKind.CASES, Format.JSON, 1) as export:
            export.add([row(1)])
            (file,) = export.files(10_000)
        assert file.name == "jigi-cases.jsonl"
        assert file.content.closed

    def test_ids_are_texts_in_json_and_the_link_follows_from_them(self) -> None:
        with Export(ExportKind.CASES, Format.JSON, 3) as export:
            export.add([row(1, SPOILED)])
            written = json.loads(export.files(10_000)[0].content.read())
        assert written["message_id"] == str(10**18 + 1)
        assert written["author_id"] == str(10**18 + 5)
        assert written["decided_by"] is None
        assert written["link"] == f"https://discord.com/channels/3/7/{10**18 + 1}"
        assert (written["number"], written["negative_probability"]) == (1, 0.99)
        assert written["text"] == SPOILED

    def test_memory_does_not_grow_with_the_rows(self) -> None:
        def peak(n_rows: int) -> int:
            tracemalloc.start()
            with Export(ExportKind.CASES, Format.CSV, 1) as export:
                for first in range(0, n_rows, 500):
                    export.add([row(number) for number in range(first, first + 500)])
                export.files(50_000_000)
            largest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return largest

        peak(500)
        assert peak(40_000) < peak(10_000) + 500_000


class TestRows:
    @pytest.mark.parametrize("kind", list(ExportKind))
    async def test_each_row_comes_once_page_by_page_and_of_the_guild_alone(
        self, database: Database, kind: ExportKind
    ) -> None:
        await database.verdicts.record([verdict(number, BAD) for number in range(1, 24)])
        await database.verdicts.record([verdict(number, BAD, guild_id=2) for number in range(100, 110)])
        found = [
            each.message_id
            async for page in database.exports.pages(kind, ExportFilter(1), 5)
            for each in page
        ]  # fmt: skip
        assert sorted(found) == list(range(1, 24))

    async def test_time_and_channel_narrow_it(self, database: Database) -> None:
        await database.verdicts.record([verdict(1, BAD), verdict(2, GOOD, channel_id=8)])
        now = datetime.now(UTC)

        async def found(kind: ExportKind, **wanted: object) -> list[int]:
            pages = database.exports.pages(kind, ExportFilter(1, **wanted))  # type: ignore[arg-type]
            return [each.message_id async for page in pages for each in page]

        for kind, all_of_it in ((ExportKind.CASES, [1]), (ExportKind.VERDICTS, [1, 2])):
            assert await found(kind, until=now.replace(year=now.year + 1)) == all_of_it
            assert await found(kind, since=now.replace(year=now.year + 1)) == []
            assert await found(kind, until=now.replace(year=now.year - 1)) == []
            assert await found(kind, channel_ids=frozenset({7})) == [1]

    async def test_what_was_erased_is_empty(self, database: Database) -> None:
        await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
        await database.verdicts.erase([1])
        for kind in ExportKind:
            pages = database.exports.pages(kind, ExportFilter(1))
            texts = {each.message_id: each.text async for page in pages for each in page}
            assert texts == {1: None, 2: BAD}

    async def test_what_is_sealed_in_the_database_is_handed_out_open(self, tmp_path: Path) -> None:
        async with open_store(tmp_path / "sealed.sqlite3", text_keys=[Fernet.generate_key().decode()]) as database:
            await database.verdicts.record([verdict(1, BAD)])
            for kind in ExportKind:
                pages = database.exports.pages(kind, ExportFilter(1))
                assert [each.text async for page in pages for each in page] == [BAD]

    async def test_others_come_in_between(self, database: Database, path: Path) -> None:
        """The loop is not held: something else that waits for it gets its turn with each page at least."""
        await database.verdicts.record([verdict(number, BAD) for number in range(1, 2_001)])
        n_turns = 0

        async def count() -> None:
            nonlocal n_turns
            while True:
                await asyncio.sleep(0)
                n_turns += 1

        counting = asyncio.create_task(count())
        with Export(ExportKind.CASES, Format.CSV, 1) as export:
            await export.collect(database, ExportFilter(1))
            assert export.n_rows == 2_000
        counting.cancel()
        assert n_turns >= 4
