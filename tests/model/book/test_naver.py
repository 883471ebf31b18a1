"""The chapter's way from a file of shopping reviews to what its classifier says."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.__main__ import main
from model.book.naver import in_words, read_naver
from model.errors import CorpusError
from model.prediction import Prediction
from model.vocabulary import Vocabulary

THINGS = ["바지", "모자", "우산", "양말", "책상"]


def write(path: Path) -> Path:
    lines = [
        f"{(1, 2, 4, 5)[n % 4]}\t{thing} {n}번 {'좋아요!' if n % 4 > 1 else '별로...'}"
        for thing in THINGS
        for n in range(40)
    ]
    lines += ["5\tGood!!", "5\t바지 2번 좋아요", "1\t" + "아주 " * 40 + "길다"]  # nothing Korean, one twice, one long
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_each_step_is_the_chapters(tmp_path: Path) -> None:
    reviews = read_naver(write(tmp_path / "shopping.txt"))
    assert reviews.n_read == 203
    assert reviews.n_by_rating == {1: 51, 2: 50, 4: 50, 5: 52}
    assert reviews.n_positive == 102
    assert len(reviews.texts) == 201
    assert (len(reviews.reviews.train), len(reviews.reviews.test)) == (160, 41)
    assert reviews.vocabulary.characters == Vocabulary.fit(reviews.reviews.train.texts).characters
    assert "!" not in "".join(reviews.texts)


def test_lengths_are_described(tmp_path: Path) -> None:
    reviews = read_naver(write(tmp_path / "shopping.txt"))
    table = reviews.describe_lengths()
    assert list(table.index) == ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
    assert (table["count"], table["max"]) == (201, 122)
    assert reviews.share_of_whole() == pytest.approx(200 / 201)


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.9751, "97.51% 확률로 긍정"), (0.0213, "97.87% 확률로 부정"), (0.5, "50.00% 확률로 부정")],
)
def test_an_answer_says_which_side_and_how_sure(probability: float, said: str) -> None:
    assert in_words(Prediction(probability)) == said


def test_a_file_of_another_format_is_told(tmp_path: Path) -> None:
    (tmp_path / "reviews.txt").write_text("좋아요\t5\n")
    with pytest.raises(CorpusError, match="line 1: rating must be a number"):
        read_naver(tmp_path / "reviews.txt")


def test_the_command_goes_all_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tensorflow")
    file, output = write(tmp_path / "shopping.txt"), tmp_path / "naver"
    assert main(["book", "naver", "--corpus", str(file), "--epochs", "1", "--output", str(output)]) == 0
    shown = capsys.readouterr().out
    for expected in ("읽은 리뷰 203개", "학습 160개, 테스트 41개", "테스트 정확도", "확률로", "50%"):
        assert expected in shown
    assert (output / "learning_curves.png").exists()


def test_a_corpus_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "naver", "--corpus", str(tmp_path / "nowhere.txt")]) == 1
    told = capsys.readouterr().err
    assert "nowhere.txt cannot be read" in told
    assert told.count("\n") == 1
