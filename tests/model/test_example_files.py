"""Labelled examples: a file is taken whole or not at all, and every bad row is named."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from contextlib import suppress
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.example_files import BadRow, ExamplesError, FileProblem, Limits, Problem, read_examples, write_examples
from model.examples import Example, ExampleLabel, at_most_per_author, newest_of_each_text, split_held_back
from model.reading.clean import clean

NEGATIVE, NEUTRAL, POSITIVE = ExampleLabel.NEGATIVE, ExampleLabel.NEUTRAL, ExampleLabel.POSITIVE
labels = st.sampled_from(list(ExampleLabel))


def refused(content: str, limits: Limits | None = None) -> ExamplesError:
    with pytest.raises(ExamplesError) as caught:
        read_examples(content.encode(), limits or Limits())
    return caught.value


def test_csv_with_labels_in_either_language() -> None:
    content = 'text,label\n"늦었지만, 좋아요",긍정\n별로예요,Negative\n내일 오나요?, 중립 \n'
    expected = [("늦었지만, 좋아요", POSITIVE), ("별로예요", NEGATIVE), ("내일 오나요?", NEUTRAL)]
    assert [(e.text, e.label) for e in read_examples(content.encode())] == expected


def test_tsv_with_ratings_where_quotes_are_not_special() -> None:
    content = 'rating\treview\r\n5\t"최고\r\n4\t좋아요\r\n3\t보통\r\n1\t별로\r\n'
    expected = [('"최고', POSITIVE), ("좋아요", POSITIVE), ("보통", NEUTRAL), ("별로", NEGATIVE)]
    assert [(e.text, e.label) for e in read_examples(content.encode())] == expected


def test_columns_come_in_any_order_with_others_between() -> None:
    assert read_examples("id,Label,when,Text\n7,긍정,어제,좋아요".encode()) == [Example("좋아요", POSITIVE)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_files_of_korean_spreadsheets_are_read(encoding: str) -> None:
    assert read_examples("text,label\n좋아요,긍정".encode(encoding)) == [Example("좋아요", POSITIVE)]


def test_every_example_bears_its_author() -> None:
    assert read_examples("text,label\n좋아요,긍정".encode(), author="관리자")[0].author == "관리자"


def test_empty_and_repeated_rows_do_not_count() -> None:
    assert len(read_examples("text,label\n\n좋아요,긍정\n,\n좋아요,긍정\n".encode())) == 1


def test_every_bad_row_is_named_with_the_number_that_a_spreadsheet_shows() -> None:
    error = refused(
        "text,label\n좋아요,긍정\n좋아요,나쁨\ngood,긍정\n하나,긍정,더\n\n좋아요!,부정\n가나다라마바,긍정",
        Limits(n_characters=5),
    )
    assert error.bad_rows == (
        BadRow(3, Problem.LABEL, "나쁨"),
        BadRow(4, Problem.NO_HANGUL, "good"),
        BadRow(5, Problem.COLUMNS, "하나,긍정,더"),
        BadRow(7, Problem.CONTRADICTION, "좋아요!"),
        BadRow(8, Problem.TOO_LONG, "가나다라마바"),
    )
    assert "Nothing was imported: 5 of 6 rows are wrong" in str(error)
    assert "row 3:" in str(error)


@pytest.mark.parametrize("rating", ["0", "6", "좋음", "nan", ""])
def test_a_rating_is_a_number_from_1_to_5(rating: str) -> None:
    assert refused(f"rating,review\n{rating},좋아요").bad_rows == (BadRow(2, Problem.RATING, rating),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must name the columns"),
        ("좋아요,긍정", "must name the columns"),
        ("text,label\n", "at least one example"),
        ('text,label\n"좋아요,긍정', "must be CSV or TSV"),
        ("text,label\n하나,긍정\n둘,긍정\n셋,긍정", "more than 2 rows. Received: 3"),
        ("text,label\n" + "가" * 100 + ",긍정", "larger than 200 bytes"),
    ],
)
def test_a_file_that_is_not_of_the_format_is_refused(content: str, message: str) -> None:
    assert message in str(refused(content, Limits(n_bytes=200, n_rows=2)))


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ExamplesError, match="UTF-8"):
        read_examples(b"text,label\n\xff\xff\xff")


def spreadsheet() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("xl/workbook.xml", "")
    return content.getvalue()


@pytest.mark.parametrize(
    "content", [spreadsheet(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)], ids=["xlsx", "xls"]
)
def test_a_spreadsheet_is_told_apart(content: bytes) -> None:
    with pytest.raises(ExamplesError, match="Save it as CSV") as refused:
        read_examples(content)
    assert refused.value.problem is FileProblem.SPREADSHEET


@pytest.mark.parametrize(
    "content",
    [
        "text;label\n좋아요;긍정", "평점,리뷰\n5,좋아요", "리뷰;별점\n좋아요;5점", "글\t판정\n좋아요\t긍정",
        "id\tdocument\tlabel\n1\t좋아요\t1", "리뷰,라벨\n좋아요,긍정", "\ufefftext,label\r\n좋아요,긍정\r\n",
        "text,label\r좋아요,긍정\r",
    ],
)  # fmt: skip
def test_files_are_read_as_koreans_make_them(content: str) -> None:
    assert read_examples(content.encode()) == [Example("좋아요", POSITIVE)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_what_notepad_calls_unicode_is_read(encoding: str) -> None:
    assert read_examples("text,label\n좋아요,긍정".encode(encoding)) == [Example("좋아요", POSITIVE)]


def test_decomposed_names_and_labels_are_read() -> None:
    content = normalize("NFD", "글,판정\n좋아요,긍정\n별로예요,부정")
    assert [each.label for each in read_examples(content.encode())] == [POSITIVE, NEGATIVE]


def test_digits_are_labels_only_where_a_corpus_has_them() -> None:
    assert [each.label for each in read_examples("document,label\n좋아요,1\n별로,0".encode())] == [POSITIVE, NEGATIVE]
    assert refused("text,label\n좋아요,1").bad_rows == (BadRow(2, Problem.LABEL, "1"),)


def test_a_row_that_begins_with_a_quotation_is_read_as_it_stands() -> None:
    found = read_examples('text,label\n늦어요,부정\n"최고" 라더니 별로네요,부정\n"늦고,\n엉망",부정'.encode())
    assert [each.text for each in found] == ["늦어요", '"최고" 라더니 별로네요', "늦고,\n엉망"]


def test_after_it_the_rows_are_numbered_on() -> None:
    error = refused('text,label\n"최고" 라더니, 별로네요,부정\n좋아요,나쁨')
    assert [(bad.row, bad.problem) for bad in error.bad_rows] == [(2, Problem.COLUMNS), (3, Problem.LABEL)]


def test_a_quotation_that_is_not_closed_is_named_with_its_row() -> None:
    error = refused('text,label\n늦어요,부정\n"최고,부정\n별로네요,부정')
    assert error.bad_rows == (BadRow(3, Problem.QUOTES, '"최고,부정'),)


def test_many_odd_rows_take_no_longer_than_others() -> None:
    rows = "\n".join(['"최고" 라더니 별로네요,부정'] * 50_000)
    began = time.perf_counter()
    assert len(read_examples(f"text,label\n{rows}".encode(), Limits(n_bytes=10**8, n_rows=10**6))) == 1
    assert time.perf_counter() - began < 10


FORMULAS = ["=1+1 가", "+82 가", "-배송", "@가", "＝가", "\t=가", " =가", "'=가", "''-가", '=X("u","가")', "%가"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_reading_undoes_the_mark(text: str) -> None:
    written = write_examples([Example(text, NEGATIVE)])
    (cell, _) = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))[1]
    assert cell.startswith("'")
    assert read_examples(written)[0].text.strip() == text.strip()


@pytest.mark.parametrize("text", ["'가", "가=1", "1-가", "(-가)"])
def test_other_cells_are_left_as_they_are(text: str) -> None:
    assert f"{text}," in write_examples([Example(text, NEGATIVE)]).decode()


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with suppress(ExamplesError):
        assert read_examples(content)


@given(st.lists(st.tuples(st.text(max_size=60).map("가".__add__), labels), min_size=1, max_size=9))
def test_what_is_written_is_read_again(pairs: list[tuple[str, ExampleLabel]]) -> None:
    unique = {clean(text).strip(): Example(text.strip(), label) for text, label in pairs}
    examples = list(unique.values())
    assert read_examples(write_examples(examples)) == examples


def test_only_the_newest_of_each_author_count() -> None:
    by = [Example(f"글 {n}", POSITIVE, author) for n, author in enumerate("aababa")]
    assert [e.text for e in at_most_per_author(by, 2)] == ["글 2", "글 3", "글 4", "글 5"]
    assert at_most_per_author(by, 0) == []


def test_a_later_example_corrects_an_earlier_one_of_the_same_text() -> None:
    examples = [Example("좋아요", NEGATIVE), Example("...", NEUTRAL), Example("좋아요!", POSITIVE)]
    assert newest_of_each_text(examples) == [Example("좋아요!", POSITIVE)]


def test_few_examples_are_all_taught() -> None:
    few = [Example(f"글 {n}", POSITIVE) for n in range(39)]
    assert split_held_back(few) == (few, [])


def test_a_text_held_back_once_is_held_back_when_there_are_more() -> None:
    many = [Example(f"글 {n}", POSITIVE) for n in range(400)]
    taught, held_back = split_held_back(many)
    assert 20 <= len(held_back) <= 60
    assert {*taught, *held_back} == set(many)
    assert set(split_held_back(many[:200])[1]) == set(held_back) & set(many[:200])
