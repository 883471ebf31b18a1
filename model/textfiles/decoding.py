"""Text from anywhere: UTF-8, the CP949 in which Korean Windows saves, or UTF-16. Standard library only.

`model.commands.score` and `bot.console.app` read lines with it, `model.example_files` whole files.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from model.errors import NotTextError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip  # UTF-32's mark begins with UTF-16's
_WIDE = ("utf-16-le", "utf-16-be")
_EXPECTED = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ\t\r\n -~]")
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # .xlsx and .ods are ZIP archives; .xls
_CHUNK = 2**16  # bytes read at a time
_MOST_ODD = 0.01  # of the lines beyond ASCII, which may be damaged
_FEWEST_ODD = 20  # lines, so that a pipe is called no text
_SHARE_EXPECTED = 0.9  # of the characters, so that a text without a mark is taken for UTF-16


class LineReader:
    """Makes lines of bytes as they come. Only a line feed ends one; it and a carriage return before it are left out.

    Without an `encoding`, a line that is not UTF-8 is read as CP949 if it can be. What cannot be read becomes U+FFFD.
    """

    def __init__(self, encoding: str | None = None) -> None:
        self._encodings = [encoding] if encoding else []
        self._is_begun = False
        self._rest = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._rest_of_wide = ""
        self._n_lines = self._n_odd = 0

    @property
    def is_no_text(self) -> bool:
        """Whether so many lines could not be read that nobody wrote them."""
        return self._n_odd >= _FEWEST_ODD and self._n_odd > self._n_lines / 2

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that have ended."""
        if not self._is_begun:
            self._begin(chunk)
        if self._wide is not None:
            *ended, self._rest_of_wide = (self._rest_of_wide + self._wide.decode(chunk)).split("\n")
            return [line.removesuffix("\r") for line in ended]
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [self._decode(line) for line in lines]

    def end(self) -> list[str]:
        """Return the last line, if no line feed ended it."""
        if self._wide is not None:
            return [self._rest_of_wide.removesuffix("\r")] if self._rest_of_wide else []
        return [self._decode(self._rest)] if self._rest else []

    def _begin(self, chunk: bytes) -> None:
        self._is_begun = True
        encoding = self._encodings[0] if self._encodings else _wide_encoding(chunk)
        if encoding is not None and encoding.startswith(("utf-16", "utf-32")):
            self._wide = codecs.getincrementaldecoder(encoding)("replace")
        self._encodings = ["cp949"] if encoding == "cp949" else ["utf-8", "cp949"]

    def _decode(self, line: bytes) -> str:
        self._n_lines += not line.isascii()
        for encoding in self._encodings:
            try:
                return line.decode(encoding).removeprefix("\ufeff").removesuffix("\r")
            except UnicodeDecodeError:
                continue
        self._n_odd += 1
        return line.decode(self._encodings[0], "replace").removesuffix("\r")


def read_lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file, or of a pipe as they come.

    Raises:
        NotTextError: It is no text. Of a pipe this shows after some lines.
    """
    reader = LineReader(encoding_of(stream) if stream.seekable() else None)
    read = getattr(stream, "read1", stream.read)  # of a pipe, what is there
    while chunk := read(_CHUNK):
        yield from reader.feed(chunk)
        if reader.is_no_text:
            raise _no_text()
    yield from reader.end()


def encoding_of(stream: BinaryIO) -> str:
    """Return how a file is encoded, and go back to its start. A few damaged lines do not matter.

    Raises:
        NotTextError: It is no text.
    """
    start = stream.read(_CHUNK)
    if start.startswith(_SPREADSHEETS):
        raise _spreadsheet()
    stream.seek(0)
    encoding = _wide_encoding(start) or ("utf-8" if _is_utf8(stream) else None)
    stream.seek(0)
    if encoding is None:
        encoding = _most_likely(stream)
        stream.seek(0)
    return encoding


def decode(content: bytes) -> str:
    """Return a file's text, read strictly.

    Raises:
        NotTextError: It is no text, or a damaged one.
    """
    if content.startswith(_SPREADSHEETS):
        raise _spreadsheet()
    for encoding in filter(None, (_wide_encoding(content), "utf-8-sig", "cp949")):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotTextError("The file must be a text file in UTF-8 (or CP949).")


def _spreadsheet() -> NotTextError:
    sentence = "The file must be text. Received: a spreadsheet (or an archive). Save it as CSV first, in UTF-8."
    return NotTextError(sentence, is_spreadsheet=True)


def _wide_encoding(start: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if a text begins with their mark, or with NULs where UTF-16 has them."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if b"\0" not in start or _starts_as_utf8(start):
        return None
    return next((encoding for encoding in _WIDE if _looks_korean(start[: len(start) // 2 * 2], encoding)), None)


def _looks_korean(start: bytes, encoding: str) -> bool:
    text = start.decode(encoding, "replace")
    return len(_EXPECTED.findall(text)) >= _SHARE_EXPECTED * len(text)


def _starts_as_utf8(start: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _most_likely(stream: BinaryIO) -> str:
    """Return the encoding that reads nearly all lines."""
    n_read, n_lines = Counter[str](), 0
    for line in stream:
        if not line.isascii():
            n_lines += 1
            n_read.update(encoding for encoding in ("utf-8", "cp949") if _is_in(line, encoding))
    for encoding in ("utf-8", "cp949"):
        if n_read[encoding] >= (1 - _MOST_ODD) * n_lines:
            return encoding
    raise _no_text()


def _no_text() -> NotTextError:
    return NotTextError("The file must be text in UTF-8, CP949 or UTF-16, one text a line.")


def _is_in(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
