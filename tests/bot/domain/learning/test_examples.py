"""What moderators type is read whole or not at all, and what is wrong is said in their language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.learning.examples import Source, StoredExample, read_ids, read_lines, write_files
from bot.localisation.formats import cut, fit
from bot.localisation.texts import Texts
from bot.wording.examples import mistakes
from model.example_files import BadRow, ExamplesError, FileProblem, Limits, Problem, read_examples
from model.examples import Example, ExampleLabel

KO, EN = Texts.load("ko"), Texts.load("en")
NEGATIVE = ExampleLabel.NEGATIVE
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def stored(text: str, example_id: int = 1) -> StoredExample:
    return StoredExample(example_id, text, NEGATIVE, Source.TYPED, 70, NOW)


def test_every_line_is_an_example_equal_ones_count_once() -> None:
    assert read_lines(" 늦어요 \n\n별로예요\n늦어요", NEGATIVE) == [
        Example("늦어요", NEGATIVE), Example("별로예요", NEGATIVE)
    ]  # fmt: skip


def test_every_bad_line_is_named_with_its_number() -> None:
    with pytest.raises(ExamplesError) as refused:
        read_lines("늦어요\n\nhello\n가나다라마바\n:)", NEGATIVE, Limits(n_characters=5))
    assert refused.value.bad_rows == (
        BadRow(3, Problem.NO_HANGUL, "hello"),
        BadRow(4, Problem.TOO_LONG, "가나다라마바"),
        BadRow(5, Problem.NO_HANGUL, ":)"),
    )


def test_blank_lines_alone_are_nothing() -> None:
    with pytest.raises(ExamplesError) as refused:
        read_lines(" \n\n", NEGATIVE)
    assert refused.value.problem is FileProblem.EMPTY


@pytest.mark.parametrize(
    ("text", "ids"),
    [("3", [3]), ("3 7,#9,  3", [3, 7, 9]), ("셋", []), ("3 칠", []), ("", []), ("-3", []), ("9" * 19, [])],
)
def test_ids_are_read_all_or_none(text: str, ids: list[int]) -> None:
    assert read_ids(text) == ids


def test_a_report_names_the_row_the_problem_and_if_wanted_what_came() -> None:
    bad = BadRow(3, Problem.LABEL, "나쁨")
    error = ExamplesError(FileProblem.BAD_ROWS, "", [bad])
    public = list(mistakes(error, KO, row_key="examples.row", shows_received=False))
    private = list(mistakes(error, EN, row_key="teach.line", shows_received=True))
    assert public == [KO("problem.nothing_added", n=1), KO("examples.row", row=3, problem=KO("problem.label"))]
    assert private[1] == "Line 3: " + EN("problem.label") + EN("problem.received", received="나쁨")


@pytest.mark.parametrize("problem", [each for each in FileProblem if each is not FileProblem.BAD_ROWS])
def test_what_is_wrong_with_a_whole_file_is_one_sentence(problem: FileProblem) -> None:
    (sentence,) = mistakes(ExamplesError(problem, ""), KO, row_key="examples.row", shows_received=True)
    assert "{" not in sentence


def test_lines_that_do_not_fit_are_counted() -> None:
    lines = ["가" * 10] * 5
    assert fit(lines, KO, 200) == ("\n".join(lines), True)
    assert fit(lines, KO, 45) == ("\n".join([*lines[:2], KO("problem.more", n=3)]), False)
    assert fit(["가" * 99], KO, 50) == ("가" * 50, False)


def test_a_report_of_very_many_rows_is_written_as_far_as_it_is_shown() -> None:
    n_written = 0

    def written(line: str) -> str:
        nonlocal n_written
        n_written += 1
        return line

    shown, is_all = fit(["가" * 40] * 200_000, KO, 2000, written)
    assert (len(shown) <= 2000, is_all) == (True, False)
    assert n_written < 100


def test_a_text_is_cut_to_one_line() -> None:
    assert cut("가나\n다  라", 9) == "가나 다 라"
    assert cut("가나다라마", 4) == "가나다…"


@given(st.lists(st.text(max_size=40).map("가".__add__).filter(lambda text: text.encode("utf-8", "ignore")), max_size=9))
def test_exported_files_can_be_uploaded_again(texts: list[str]) -> None:
    unique = {text.strip(): text.strip() for text in texts}
    examples = [stored(text) for text in unique]
    found = [example.text for file in write_files(examples) for example in read_examples(file)]
    assert found == list(unique)[::-1]


def test_many_examples_become_several_files_each_small_enough() -> None:
    limits = Limits(n_bytes=400, n_rows=3)
    examples = [stored(f"글 {n} " + "가" * (n % 5) * 10, n) for n in range(20)]
    files = write_files(examples, limits)
    found = [example for file in files for example in read_examples(file, limits)]
    assert len(files) > 6
    assert [each.text for each in found] == [each.text.strip() for each in reversed(examples)]


def test_no_exported_cell_is_a_formula() -> None:
    (file,) = write_files([stored("=cmd|' /C calc'!A0 가"), stored("+가")])
    assert file.decode("utf-8-sig").splitlines()[1:] == [
        "'+가,negative,typed,70,2026-11-25T09:30:00+00:00",
        "'=cmd|' /C calc'!A0 가,negative,typed,70,2026-11-25T09:30:00+00:00",
    ]
    assert [each.text for each in read_examples(file)] == ["+가", "=cmd|' /C calc'!A0 가"]


def test_nothing_is_no_file() -> None:
    assert write_files([]) == []
