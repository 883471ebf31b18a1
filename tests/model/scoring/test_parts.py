"""A file's parts hold its rows: each once, in order, wherever they are cut."""

import csv
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NotTextError, ScoreError
from model.scoring.choice import Choice, Format
from model.scoring.parts import parts_of, rows_of
from model.scoring.sources import Source, find

CELLS = st.text(st.sampled_from('가나 ab"\n\r,;\t'), max_size=12)


def texts_of(source: Source, part_size: int, part_rows: int = 3) -> list[object]:
    return [row[0] for part in parts_of([source], part_size, part_rows) for row in rows_of(part)]


@given(cells=st.lists(CELLS, max_size=30), part_size=st.integers(1, 80))
def test_rows_of_csv_come_once_wherever_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], part_size: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(cells)])
    (source,) = find([str(path)], Choice())
    ends = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert texts_of(source, part_size) == ends


@given(content=st.text(st.sampled_from('가나ab"\n\r,'), max_size=120), part_size=st.integers(1, 40))
def test_whatever_stands_in_a_csv_is_read_alike_in_parts_and_whole(
    tmp_path_factory: pytest.TempPathFactory, content: str, part_size: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("text,id\n" + content, encoding="utf-8", newline="")
    (source,) = find([str(path)], Choice())
    assert texts_of(source, part_size) == texts_of(source, 2**30)


@given(
    lines=st.lists(st.text(st.sampled_from("가나ab\r\t"), max_size=12), min_size=1, max_size=30),
    part_size=st.integers(1, 80),
    encoding=st.sampled_from(["utf-8", "cp949", "utf-16", "utf-8-sig"]),
)
def test_lines_come_once_wherever_a_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], part_size: int, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    (source,) = find([str(path)], Choice())
    assert texts_of(source, part_size) == [line.removesuffix("\r") for line in lines]


def test_parquet_is_cut_within_row_groups(tmp_path: Path) -> None:
    texts = [None if i == 4 else f"{i}번" for i in range(20)]
    pq.write_table(pa.table({"별점": list(range(20)), "리뷰": texts}), tmp_path / "a.parquet", row_group_size=8)
    (source,) = find([str(tmp_path / "a.parquet")], Choice(keep=("별점",)))
    rows = [row for part in parts_of([source], part_rows=3) for row in rows_of(part)]
    assert rows == list(zip(texts, range(20), strict=True))
    assert sum(part.share for part in parts_of([source], part_rows=3)) <= source.size


def test_a_packed_file_is_one_part(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("글,별점\n좋아요,5\n별로예요,1\n".encode()))
    (source,) = find([str(tmp_path / "a.csv.gz")], Choice())
    assert [part.start for part in parts_of([source], 1)] == [0]
    assert texts_of(source, 1) == ["좋아요", "별로예요"]


def test_columns_of_a_table_without_names_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('5\t"배송이 빨라요\n1\t별로예요\n', encoding="utf-8")
    (source,) = find([str(tmp_path / "a.tsv")], Choice(column="2", keep=("1",), has_header=False))
    assert [row for part in parts_of([source], 4) for row in rows_of(part)] == [
        ('"배송이 빨라요', "5"),
        ("별로예요", "1"),
    ]


def test_semicolons_part_columns_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("번호;리뷰\n1;좋아요, 정말\n", encoding="cp949")
    (source,) = find([str(tmp_path / "a.csv")], Choice())
    assert texts_of(source, 1) == ["좋아요, 정말"]


def test_a_folder_is_its_files_by_name_and_a_pattern_what_fits(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text(f"{name}\n", encoding="utf-8")
    names = [source.url.rsplit("/", 1)[-1] for source in find([str(tmp_path), str(tmp_path / "b*")], Choice())]
    assert names == ["a.txt", "b.txt", "b.txt"]


@pytest.mark.parametrize(
    ("name", "content", "choice", "told"),
    [
        ("a.csv", b"id,rating\n1,2\n", Choice(), "has no column text"),
        ("a.csv", b"id,text\n1,2\n", Choice(column="body"), "has no column body. It has: id, text."),
        ("a.csv", b"id,text\n1,2\n", Choice(keep=("when",)), "has no column when"),
        ("a.log", b"x\n", Choice(), "--format"),
        ("a.parquet", b"no parquet", Choice(), "cannot be read as parquet"),
        ("a.csv.gz", b"no gzip", Choice(), "cannot be read as csv"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, choice: Choice, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ScoreError, match=told):
        find([str(tmp_path / name)], choice)


def test_a_spreadsheet_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(NotTextError, match=r"a\.csv: The file must be text\. Received: a spreadsheet"):
        find([str(tmp_path / "a.csv")], Choice())


def test_numbers_are_no_texts(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(ScoreError, match="must hold text"):
        find([str(tmp_path / "a.parquet")], Choice())


@pytest.mark.parametrize("name", ["nothing.csv", "nothing*.csv", "s4://bucket/a.csv"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScoreError, match=r"names no file|cannot be read"):
        find([name if ":" in name else str(tmp_path / name)], Choice())


def test_a_format_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("한 줄\n", encoding="utf-8")
    (source,) = find([str(tmp_path / "a.log")], Choice(Format.TEXT))
    assert texts_of(source, 1) == ["한 줄"]
