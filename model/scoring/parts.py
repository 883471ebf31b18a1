"""A file in parts that are read each by itself: where they begin, and what they hold.

Lines part at any line feed. A quoted cell of CSV may hold line feeds, so that only who reads the file from its start
knows where rows begin: that is done here, once and far quicker than rows are scored. Parquet knows its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import fsspec
import pyarrow.parquet as pq

from model.scoring.choice import Format
from model.scoring.sources import Source
from model.textfiles.decoding import LineReader
from model.textfiles.tables import read_rows

PART_SIZE = 8 * 2**20  # bytes of text, some 100,000 reviews: seconds of work
PART_ROWS = 2**17  # of Parquet
_CHUNK = 2**16

Row = tuple[Any, ...]  # the text first, None for one that is not there; then what is kept


@dataclass(frozen=True, slots=True)
class Part:
    """What one process reads of a file: bytes, or of Parquet rows of a row group."""

    number: int  # over all files
    source: Source
    start: int = 0
    stop: int | None = None  # None: to the end
    row_group: int = 0
    share: int = 0  # of the file's bytes, for the progress


def parts_of(sources: Iterable[Source], part_size: int = PART_SIZE, part_rows: int = PART_ROWS) -> Iterator[Part]:
    """Yield the parts of files, numbered from 0. The same files give the same parts."""
    number = 0
    for source in sources:
        for start, stop, row_group, share in _cuts(source, part_size, part_rows):
            yield Part(number, source, start, stop, row_group, share)
            number += 1


def _cuts(source: Source, part_size: int, part_rows: int) -> Iterator[tuple[int, int | None, int, int]]:
    if source.format is Format.PARQUET:
        yield from _cuts_of_parquet(source, part_rows)
    elif not source.is_seekable:
        yield 0, None, 0, source.size
    else:
        starts = _starts_of_rows(source, part_size) if source.format is Format.CSV else range(0, source.size, part_size)
        before = 0
        for start in islice(starts, 1, None):
            yield before, start, 0, start - before
            before = start
        yield before, None, 0, source.size - before


def _cuts_of_parquet(source: Source, part_rows: int) -> Iterator[tuple[int, int, int, int]]:
    with fsspec.open(source.url, "rb") as stream:
        metadata = pq.ParquetFile(stream).metadata
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    for row_group, n_rows in enumerate(sizes):
        for start in range(0, n_rows, part_rows):
            stop = min(start + part_rows, n_rows)
            yield start, stop, row_group, source.size * (stop - start) // max(1, metadata.num_rows)


def _starts_of_rows(source: Source, part_size: int) -> Iterator[int]:
    """Yield where rows of CSV begin, of each part's the first."""
    with source.open() as stream:
        ends = _Ends(source, stream)
        start = 0
        yield start
        for _, n_lines in read_rows(ends, source.delimiter, is_lenient=True):
            end = ends.of_row(n_lines)
            if end is not None and end - start >= part_size and end < source.size:
                start = end
                yield start


class _Ends:
    """The lines of a file, and where in it each ends."""

    def __init__(self, source: Source, stream: Any) -> None:
        self._reader, self._stream = LineReader(source.encoding), stream
        self._ends: list[int | None] = []  # of lines that no row has yet; None: not at a line feed
        self._at = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self._at += len(line)
            for texts in (self._reader.feed(line), self._reader.end() if not line.endswith(b"\n") else []):
                for text in texts:
                    lines = _split(text)
                    self._ends += [None] * (len(lines) - 1) + [self._at]
                    yield from lines

    def of_row(self, n_lines: int) -> int | None:
        """Return where a row of so many lines ends, the next after the one that was asked for before."""
        *_, end = self._ends[:n_lines] or [None]
        del self._ends[:n_lines]
        return end


def rows_of(part: Part) -> Iterator[Row]:
    """Yield the rows of a part, as they are read."""
    source = part.source
    if source.format is Format.PARQUET:
        yield from _rows_of_parquet(part)
        return
    with source.open() as stream:
        lines = _lines(part, stream)
        if source.format is Format.TEXT:
            yield from ((line,) for line in lines)
            return
        if part.start == 0 and source.has_header:
            next(lines, None)
        yield from _rows_of_table(lines, source)


def _rows_of_table(lines: Iterator[str], source: Source) -> Iterator[Row]:
    if source.format is Format.CSV:
        lines = (piece for line in lines for piece in _split(line))
    else:
        lines = (line.replace("\r", " ") for line in lines)
    for cells, _ in read_rows(lines, source.delimiter, is_lenient=True):
        if cells:  # an empty line is no row
            yield tuple(cells[place] if place < len(cells) else None for place in source.columns)


def _split(line: str) -> list[str]:
    """Return a line of CSV with its end, parted where an old Mac ended lines."""
    return [f"{each}\n" for each in line.split("\r")]


def _lines(part: Part, stream: Any) -> Iterator[str]:
    """Yield the lines that begin in a part."""
    reader = LineReader(part.source.encoding)
    chunks = _chunks_to_the_end(stream) if part.stop is None else _whole_lines(stream, part.stop)
    if part.start:
        stream.seek(part.start - 1)
        stream.readline()  # of the part before
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.end()


def _chunks_to_the_end(stream: Any) -> Iterator[bytes]:
    read: Callable[[], bytes] = lambda: stream.read(_CHUNK)  # noqa: E731
    return iter(read, b"")


def _whole_lines(stream: Any, stop: int) -> Iterator[bytes]:
    at = stream.tell()
    while at < stop and (line := stream.readline()):
        at += len(line)
        yield line


def _rows_of_parquet(part: Part) -> Iterator[Row]:
    with fsspec.open(part.source.url, "rb") as stream:
        file, names, at = pq.ParquetFile(stream), list(part.source.names), 0
        for batch in file.iter_batches(8_192, row_groups=[part.row_group], columns=list(dict.fromkeys(names))):
            first, last = max(0, part.start - at), min(len(batch), (part.stop or 0) - at)
            at += len(batch)
            if first < last:
                columns = [batch.column(name).slice(first, last - first).to_pylist() for name in names]
                yield from zip(*columns, strict=True)
