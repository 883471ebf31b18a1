"""`python -m model`: a table of commands, each imported when it runs; mistakes are one line."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from model.__main__ import BOOK_COMMANDS, COMMANDS, VECTORS_COMMANDS, main

ALL = [*COMMANDS.values(), *VECTORS_COMMANDS.values(), *BOOK_COMMANDS.values()]


@pytest.mark.parametrize("target", [target for target, _ in ALL])
def test_every_command_is_there(target: str) -> None:
    module, _, function = target.partition(":")
    pytest.importorskip(module)
    assert getattr(import_module(module), function).__doc__


def test_the_help_names_every_command_and_imports_none() -> None:
    program = (
        "import sys; from model.__main__ import main; code = main(['--help']);"
        "assert not {'model.commands', 'numpy', 'tensorflow', 'onnxruntime'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in (*COMMANDS, "vectors", "book"))


@pytest.mark.parametrize("name", ["train", "import", "compare", "evaluate", "score", "similar"])
def test_every_command_has_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert name in capsys.readouterr().out


def test_the_help_says_which_variables_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    for name, variable in (("train", "JIGI_CORPORA"), ("evaluate", "JIGI_CORPORA"), ("similar", "VECTORS")):
        assert main([name, "--help"]) == 0
        assert variable in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["dance"], ["train", "--sed", "3"], ["train", "--seed", "three"], ["train", "--corpus", "imdb"],
        ["compare", "one"], ["similar"], ["import"], ["vectors", "dance"],
        ["book", "dance"], ["book", "imdb"], ["book", "imdb", "gru"], ["book", "imdb", "lstm", "--epochs", "0"],
    ],
)  # fmt: skip
def test_what_is_no_command_is_one_line_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_the_environment_is_read_when_a_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VECTORS", str(tmp_path / "nowhere"))
    assert main(["similar", "배송"]) == 1
    assert "nowhere" in capsys.readouterr().err
    monkeypatch.setenv("VECTORS", "")
    assert main(["similar", "배송", "--topn", "1"]) == 0


def test_the_folder_of_the_corpora_is_given_or_configured_or_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.commands.files import corpora_folder

    monkeypatch.setenv("JIGI_CORPORA", str(tmp_path))
    assert corpora_folder(Path("given")) == Path("given")
    assert corpora_folder(None) == tmp_path
    monkeypatch.delenv("JIGI_CORPORA")
    assert corpora_folder(None).parts[-2:] == ("jigi", "corpora")
