"""Lines are read as they were saved, in whatever encoding; what is no text is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NotTextError
from model.textfiles.decoding import LineReader, decode, encoding_of, read_lines

KOREAN = "배송이 너무 늦어요\n똠방각하 좋아요\n010-1234"
ENCODINGS = ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


class Pipe(io.BytesIO):
    """Gives a few bytes at a time, and cannot go back."""

    def seekable(self) -> bool:
        return False

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(min(size or 7, 7))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_is_read_as_it_was_saved(encoding: str) -> None:
    assert list(read_lines(io.BytesIO(KOREAN.encode(encoding)))) == KOREAN.split("\n")
    assert decode(KOREAN.encode(encoding)).removeprefix("\ufeff") == KOREAN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-32"])
def test_a_pipe_is_read_as_it_comes(encoding: str) -> None:
    assert list(read_lines(Pipe(KOREAN.encode(encoding)))) == KOREAN.split("\n")


def test_a_long_ascii_beginning_decides_nothing() -> None:
    lines = ["hello"] * 20_000 + ["배송이 늦어요"]
    assert list(read_lines(io.BytesIO("\n".join(lines).encode("cp949")))) == lines


def test_one_damaged_line_of_many_is_no_reason_to_read_all_otherwise() -> None:
    content = "좋아요\n".encode() * 500 + b"\xff\xff\n"
    assert list(read_lines(io.BytesIO(content))) == ["좋아요"] * 500 + ["\ufffd\ufffd"]


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 9, b"PK\x03\x04xl/", b"\xff\xff\n\xfe\xff\xff"],
    ids=["png", "xlsx", "bytes"],
)
def test_a_file_that_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(NotTextError, match="must be text"):
        encoding_of(io.BytesIO(content))


def test_a_pipe_of_anything_else_is_given_up() -> None:
    with pytest.raises(NotTextError):
        list(read_lines(Pipe(b"\x80\xff\x80\n" * 100)))


def test_windows_line_ends_are_no_part_of_lines() -> None:
    assert list(read_lines(io.BytesIO("가\r\n나\r\n".encode("utf-16")))) == ["가", "나"]
    assert list(read_lines(io.BytesIO("가\r\n나\r\n".encode("cp949")))) == ["가", "나"]


@given(st.lists(st.binary(max_size=40), max_size=9))
def test_no_bytes_raise_and_every_line_is_there(chunks: list[bytes]) -> None:
    reader = LineReader("utf-8")
    found = [line for chunk in chunks for line in reader.feed(chunk)] + reader.end()
    content = b"".join(chunks)
    assert len(found) == content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
