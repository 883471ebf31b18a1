"""`python -m model score`: one row out for every line in, without TensorFlow."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from model.__main__ import main
from model.commands.score import HEADER, score_file


def score(tmp_path: Path, model: Path, content: bytes) -> list[list[str]]:
    (tmp_path / "lines.txt").write_bytes(content)
    output = io.BytesIO()
    score_file(str(tmp_path / "lines.txt"), model, output)
    text = output.getvalue().decode("utf-8")
    assert text.startswith(HEADER)
    return [line.split("\t") for line in text.removeprefix(HEADER).split("\n")[:-1]]


def test_rows_hold_probability_label_flag_and_text(tmp_path: Path, tiny_model: Path) -> None:
    rows = score(tmp_path, tiny_model, "배송이 늦어요\n좋아요\n저녁 뭐 먹지\n".encode())
    assert [(row[1], row[2], row[3]) for row in rows] == [
        ("부정", "1", "배송이 늦어요"),
        ("긍정", "0", "좋아요"),
        ("긍정", "0", "저녁 뭐 먹지"),
    ]
    assert all(0 <= float(row[0]) <= 1 for row in rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        "끝에 줄바꿈 없음".encode(),
        "탭\t있는 줄\r\n단독\r복귀\n".encode(),
        "줄\u2028나눔\x0b글자\x0c들\x85\n".encode(),
        b"\xff\xfe\n\x00\xed\xa0\x80\n",
        ("가" * 100_000 + "\n").encode() * 2,
    ],
)
def test_every_line_gives_exactly_one_row_of_four_columns(tmp_path: Path, tiny_model: Path, content: bytes) -> None:
    rows = score(tmp_path, tiny_model, content)
    n_lines = content.count(b"\n") + (1 if content and not content.endswith(b"\n") else 0)
    assert len(rows) == n_lines
    assert all(len(row) == 4 for row in rows)


def test_many_lines_keep_their_order(tmp_path: Path, tiny_model: Path) -> None:
    texts = [f"{number}번 {'늦어요' if number % 3 else '좋아요'}" for number in range(10_000)]
    rows = score(tmp_path, tiny_model, "\n".join(texts).encode())
    assert [row[3] for row in rows] == texts
    assert [row[2] for row in rows] == [str(int(number % 3 != 0)) for number in range(10_000)]


def test_several_processes_write_the_same_rows_in_the_same_order(tmp_path: Path, tiny_model: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{number}번 {'늦어요' if number % 3 else '좋아요'}\n" for number in range(20_000)))
    alone, shared, seen = io.BytesIO(), io.BytesIO(), []
    score_file(str(lines), tiny_model, alone)
    score_file(str(lines), tiny_model, shared, jobs=2, advance=lambda _, n_lines: seen.append(n_lines))
    assert shared.getvalue() == alone.getvalue()
    assert sum(seen) == 20_000


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_of_processes_that_is_none_is_refused(tiny_model: Path, jobs: str) -> None:
    assert main(["score", "-", "--model", str(tiny_model), "--jobs", jobs]) != 0


def test_standard_input_is_read_and_tensorflow_is_not_imported(tiny_model: Path) -> None:
    program = (
        "import sys; from model.__main__ import main; code = main(sys.argv[1:]);"
        "assert not {'tensorflow', 'keras', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "score", "-", "--model", str(tiny_model)]
    done = subprocess.run(command, input="좋아요\n".encode(), capture_output=True, check=True)
    assert done.stdout.decode().splitlines()[1].endswith("긍정\t0\t좋아요")


def test_a_missing_file_is_one_line_and_exit_code_1(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "/no/such/file", "--model", str(tiny_model)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_model_is_one_line_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "-", "--model", str(tmp_path)]) == 1
    assert "No model can be read" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
def test_files_of_korean_windows_are_read(tmp_path: Path, tiny_model: Path, encoding: str) -> None:
    rows = score(tmp_path, tiny_model, "배송이 늦어요\n좋아요\n".encode(encoding))
    assert [row[1:] for row in rows] == [["부정", "1", "배송이 늦어요"], ["긍정", "0", "좋아요"]]


def test_what_is_no_text_is_one_line_and_nothing_is_scored(
    tmp_path: Path, tiny_model: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 9)
    assert main(["score", str(tmp_path / "a.png"), "--model", str(tiny_model)]) == 1
    told = capsysbinary.readouterr()
    assert told.out == b""
    assert told.err.startswith(b"error: The file must be text")
    assert told.err.count(b"\n") == 1
