"""Write what is stored into files that Discord takes: streamed, so that neither memory nor the loop feels how many.

Small files stay in memory; larger ones have no name on the disk where the system allows that, and are gone with the
process.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from bot.domain.history.exports import IDS, NAMES, ExportFilter, ExportKind
from bot.domain.history.tables import Format, Value
from bot.storage.database import Database

_PIECE = 64 * 2**10  # bytes; at the end of a piece one file may end and another begin
_IN_MEMORY = 2**20  # bytes of a file; a larger one goes to the disk
_LEAST_MARGIN = 128 * 2**10  # bytes that a ZIP file may still grow by what is being compressed, and its table


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file to be sent, open at its beginning."""

    name: str
    content: Any  # a file of bytes; typeshed does not say that it is an `io.IOBase`


@dataclass(slots=True)
class Export:
    """Rows written one after the other. Leaving its block removes all its files."""

    kind: ExportKind
    written_as: Format
    guild_id: int
    n_rows: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _ends: list[int] = field(default_factory=list)  # of pieces, all of which end with a row
    _plain: IO[bytes] = field(init=False)

    def __enter__(self) -> Export:
        self._plain = self._open()
        self._plain.write(self._head)
        self._ends.append(self._plain.tell())
        return self

    def __exit__(self, *failed: object) -> None:
        self._stack.close()

    async def collect(self, database: Database, wanted: ExportFilter, *, pause: float = 0.02) -> None:
        """Write all rows that are wanted, with a pause of so many seconds after each page: a verdict cannot wait.

        Raises:
            DatabaseError: They cannot be read.
            OSError: There is no room for them.
        """
        async for page in database.exports.pages(self.kind, wanted):
            await asyncio.to_thread(self.add, [row._mapping for row in page])
            await asyncio.sleep(pause)

    def add(self, rows: Iterable[Mapping[Any, Any]]) -> None:
        """Write rows. Blocks: call it in a thread."""
        names = NAMES[self.kind]
        for row in rows:
            self._plain.write(self.written_as.line(names, _values(row, names, self.guild_id)))
            self.n_rows += 1
            if self._plain.tell() - self._ends[-1] >= _PIECE:
                self._ends.append(self._plain.tell())

    def files(self, most: int) -> list[ExportedFile]:
        """Return files of at most `most` bytes: one as it is, or as many ZIP files as it takes. Blocks, too."""
        end = self._plain.tell()
        self._plain.seek(0)
        name = f"jigi-{self.kind}"
        if end <= most:
            return [ExportedFile(name + self.written_as.suffix, self._plain)]
        packed = list(self._packed(most, sorted({*self._ends, end}), name))
        for each in packed:
            each.content.seek(0)
        return packed

    def _packed(self, most: int, ends: Sequence[int], name: str) -> Iterator[ExportedFile]:
        margin = min(_LEAST_MARGIN, most // 4)
        pieces = [end - begin for begin, end in itertools.pairwise(ends)]
        self._plain.seek(ends[0])  # the head is written anew into each
        number = 0
        while pieces:
            number += 1
            content = self._open()
            with ZipFile(content, "w", ZIP_DEFLATED) as archive:
                inner = f"{name}-{number}{self.written_as.suffix}"
                with archive.open(inner, "w", force_zip64=True) as entry:
                    entry.write(self._head)
                    is_first = True
                    while pieces and (is_first or content.tell() + pieces[0] + margin <= most):
                        entry.write(self._plain.read(pieces.pop(0)))
                        is_first = False
            yield ExportedFile(f"{name}-{number}.zip", content)

    @property
    def _head(self) -> bytes:
        return self.written_as.head(NAMES[self.kind])

    def _open(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))


def _values(row: Mapping[Any, Any], names: Sequence[str], guild_id: int) -> Iterator[Value]:
    for name in names:
        value: Value = row[name]
        if name == "link":
            yield f"https://discord.com/channels/{guild_id}/{row['channel_id']}/{row['message_id']}"
        elif name == "negative_probability":
            yield round(row[name], 6)
        else:
            yield str(value) if name in IDS and value is not None else value
