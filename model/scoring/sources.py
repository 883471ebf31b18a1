"""What is scored: files and folders by path or URL, and what is found out about each before its parts are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import fsspec
import pyarrow.parquet as pq

from model.errors import NotTextError, ScoreError
from model.scoring.choice import Choice, Format
from model.textfiles.decoding import LineReader, encoding_of
from model.textfiles.tables import DELIMITERS, TEXT_NAMES, name_of_column

_HEAD = 2**20  # bytes by which a file's encoding and columns are known


_SUFFIXES = {
    ".txt": Format.TEXT, ".text": Format.TEXT, ".csv": Format.CSV, ".tsv": Format.TSV, ".tab": Format.TSV,
    ".parquet": Format.PARQUET, ".pq": Format.PARQUET,
}  # fmt: skip
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, and how to read it."""

    url: str
    format: Format
    size: int  # bytes
    encoding: str = "utf-8"
    delimiter: str = "\t"
    columns: tuple[int, ...] = ()  # of a table: where the text stands, then those that are kept
    names: tuple[str, ...] = ()  # of Parquet: the same by name
    has_header: bool = True

    @property
    def is_seekable(self) -> bool:
        """Whether its parts can be read without what stands before them."""
        return not self.url.endswith(_COMPRESSED) and not self.encoding.startswith(("utf-16", "utf-32"))

    def open(self) -> Any:
        """Open it, and unpack what is compressed."""
        return fsspec.open(self.url, "rb", compression="infer").open()


def find(inputs: Sequence[str], choice: Choice) -> list[Source]:
    """Return the files that some paths, patterns, folders and URLs name, in this order; a folder's by name.

    Raises:
        ScoreError: There is nothing of that name, it cannot be read, or has no such column.
        NotTextError: It is no text.
    """
    return [_source(url, size, choice) for each in inputs for url, size in _files(each, choice.format)]


def _files(name: str, chosen: Format | None) -> Iterator[tuple[str, int]]:
    """Yield the URLs and sizes of the files that a name stands for."""
    try:
        filesystem, path = fsspec.url_to_fs(name)
        if filesystem.isdir(path):
            paths = [each for each in filesystem.find(path) if chosen or _format_of(each)]
        else:
            paths = sorted(filesystem.glob(path)) if any(mark in name for mark in "*?[") else [path]
        found = [(filesystem.unstrip_protocol(each), filesystem.info(each)["size"]) for each in paths]
    except (OSError, ValueError, ImportError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise ScoreError(f"{name} cannot be read: {reason}. Give files, folders, patterns or URLs.") from error
    if not found:
        raise ScoreError(f"{name} names no file. Expected: .csv, .tsv, .txt or .parquet, or --format for other names.")
    yield from found


def _format_of(path: str) -> Format | None:
    *_, last = [suffix for suffix in PurePosixPath(path.lower()).suffixes if suffix not in _COMPRESSED] or [""]
    return _SUFFIXES.get(last)


def _source(url: str, size: int, choice: Choice) -> Source:
    format = choice.format or _format_of(url)
    if format is None:
        raise ScoreError(f"{url}: what it holds is not known by its name. Say it: --format csv, tsv, text or parquet.")
    try:
        if format is Format.PARQUET:
            return _parquet_source(url, size, choice)
        with fsspec.open(url, "rb", compression="infer") as stream:
            head = stream.read(_HEAD)
        return _text_source(url, size, format, choice, head)
    except NotTextError as error:
        raise NotTextError(f"{url}: {error}", is_spreadsheet=error.is_spreadsheet) from error
    except (OSError, EOFError, ValueError) as error:
        raise ScoreError(f"{url} cannot be read as {format}: {' '.join(str(error).split())}") from error


def _parquet_source(url: str, size: int, choice: Choice) -> Source:
    with fsspec.open(url, "rb") as stream:
        schema = pq.ParquetFile(stream).schema_arrow
    places = _places(url, schema.names, choice)
    names = tuple(schema.names[place] for place in places)
    kind = schema.field(names[0]).type
    if str(kind) not in ("string", "large_string", "string_view") and not str(kind).startswith(
        "dictionary<values=string"
    ):
        raise ScoreError(f"{url}: the column {names[0]!r} must hold text. Received: {kind}. Choose another: --column.")
    return Source(url, Format.PARQUET, size, names=names)


def _text_source(url: str, size: int, format: Format, choice: Choice, head: bytes) -> Source:
    is_whole = len(head) < _HEAD
    whole_lines = head if is_whole else head[: head.rfind(b"\n") + 1 or len(head)]
    encoding = encoding_of(io.BytesIO(whole_lines))
    if format is Format.TEXT:
        return Source(url, format, size, encoding)
    first = next(iter([*(reader := LineReader(encoding)).feed(whole_lines), *reader.end()]), "")
    delimiters = DELIMITERS if format is Format.CSV else "\t"
    headers = {delimiter: _names(first, delimiter, choice) for delimiter in delimiters}
    wanted = set(_candidates(choice))
    fitting = (d for d, names in headers.items() if wanted & {name_of_column(name) for name in names})
    delimiter = next(fitting, delimiters[0])
    return Source(
        url, format, size, encoding, delimiter, _places(url, headers[delimiter], choice), (), choice.has_header
    )


def _names(first: str, delimiter: str, choice: Choice) -> list[str]:
    """Return what a table's columns are called: 1, 2, … where the first line does not say."""
    cells = next(csv.reader([first], delimiter=delimiter), [])
    return cells if choice.has_header else [str(number) for number, _ in enumerate(cells, 1)]


def _candidates(choice: Choice) -> tuple[str, ...]:
    return TEXT_NAMES if choice.column is None else (name_of_column(choice.column),)


def _places(url: str, names: Sequence[str], choice: Choice) -> tuple[int, ...]:
    """Return where the text stands among columns, then those that are kept."""
    known = [name_of_column(name) for name in names]
    found = [known.index(name) for name in _candidates(choice) if name in known]
    missing = [name for name in choice.keep if name_of_column(name) not in known]
    if not found or missing:
        wanted = missing[0] if missing else choice.column or "text, review, document, 글, 내용, 리뷰 …"
        there = ", ".join(name[:30] for name in names[:20])
        raise ScoreError(f"{url} has no column {wanted}. It has: {there}. Name the one with the texts: --column NAME.")
    return (found[0], *(known.index(name_of_column(name)) for name in choice.keep))
