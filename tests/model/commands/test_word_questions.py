"""`python -m model vectors`: the chapter's questions to any word vectors, and gensim's catalog as it prints it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from model.__main__ import main
from model.vectors.table import WordsManifest, WordTable, publish_words
from tests.support.tiny_words import make_words

ENGLISH = {  # country, capital, pet, royal, female
    "seoul": (1, 0, 0, 0, 0), "korea": (1, 1, 0, 0, 0), "paris": (0.2, 0, 0.1, 0, 0), "france": (0.2, 1, 0.1, 0, 0),
    "cat": (0, 0, 1, 0, 0.1), "dog": (0, 0, 1, 0, 0), "man": (0, 0, 0, 0.1, 0), "woman": (0, 0, 0, 0.1, 1),
    "king": (0, 0, 0, 1, 0), "queen": (0, 0, 0, 1, 1), "breakfast": (0, 0.1, 1, 1, 1), "lunch": (0, 0.2, 1, 1, 1),
    "dinner": (0, 0.3, 1, 1, 1), "car": (1, -1, 0, 0, 0),
}  # fmt: skip


@pytest.fixture
def english(tmp_path: Path) -> Path:
    n = len(ENGLISH)
    rows = np.array(list(ENGLISH.values()), np.float32)
    table = WordTable(list(ENGLISH), rows, np.zeros(n, np.uint32), np.full(n, np.nan, np.float16))
    publish_words(tmp_path / "english", WordsManifest("english"), table)
    return tmp_path / "english"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: object) -> str:
        assert main(["vectors", *map(str, arguments)]) == 0
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("method", ["cosmul", "cosadd"])
def test_an_analogy_is_answered_in_whatever_case_the_words_are(
    english: Path, ask: Callable[..., str], method: str
) -> None:
    shown = ask(
        "analogy", "--positive", "Seoul", "France", "--negative", "Paris", "--method", method, "--vectors", english
    )
    assert shown.splitlines()[0].split()[1] == "korea"


def test_similarity_and_the_odd_one_are_answered(english: Path, tmp_path: Path, ask: Callable[..., str]) -> None:
    assert float(ask("similarity", "cat", "dog", "--vectors", english)) > 0.99
    assert ask("oddone", "breakfast", "lunch", "dinner", "car", "--vectors", english) == "car\n"
    words = make_words(tmp_path / "words")
    assert ask("oddone", "배송이", "택배", "포장", "영화", "--vectors", words) == "영화\n"


def test_the_chapters_questions_are_asked_as_far_as_the_words_are_known(english: Path, ask: Callable[..., str]) -> None:
    shown = ask("questions", "--vectors", english, "--topn", "1").splitlines()
    answers = dict(zip(shown[::2], shown[1::2], strict=True))
    assert answers['most_similar("cat")'].split()[1] == "dog"
    assert answers["most_similar_cosmul(positive=['Seoul', 'France'], negative=['Paris'])"].split()[1] == "korea"
    assert answers["most_similar_cosmul(positive=['woman', 'king'], negative=['man'])"].split()[1] == "queen"
    assert "고양이: 이 벡터에 없는 단어" in answers['most_similar("고양이")']


def test_the_shipped_vectors_know_the_korean_questions(ask: Callable[..., str]) -> None:
    shown = ask("questions")
    assert "강아지" in shown.partition('most_similar("고양이")')[2]
    assert "cat: 이 벡터에 없는 단어" in shown


def test_an_unknown_word_is_one_line(english: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vectors", "similarity", "cat", "unicorn", "--vectors", str(english)]) == 1
    told = capsys.readouterr().err
    assert "'unicorn' is not among the known words" in told
    assert told.count("\n") == 1


def test_the_catalog_is_printed_as_in_the_chapter(
    tmp_path: Path, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gensim.downloader")
    about = {"num_records": 400_000, "description": "Vectors of made-up news. " * 9, "file_size": 134_300_434}
    models = {"made-up-50": about | {"license": "PDDL"}}
    (tmp_path / "information.json").write_text(json.dumps({"models": models, "corpora": {}}))

    def offline(*_: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr("gensim.downloader.urlopen", offline)
    monkeypatch.setattr("gensim.downloader.BASE_DIR", str(tmp_path))  # what an earlier call has left
    shown = ask("catalog").splitlines()
    assert shown[0].startswith("made-up-50 (400,000 records): Vectors of made-up news. Vectors")
    assert shown[0].endswith(" ...")
    assert shown[1].strip() == "134 MB, PDDL"
