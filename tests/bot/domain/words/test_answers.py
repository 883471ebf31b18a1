"""Questions are answered by real vectors, and the answers fit on a screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.domain.words.answers import answer, complete, complete_last
from bot.domain.words.questions import Kind, Layer, Question, WordMistake, parse
from bot.localisation.texts import Texts
from bot.services.pictures import picture_of_answer
from bot.wording.words import describe_picture, write
from model.pictures.neighbours import draw_neighbours
from model.vectors.keyed_vectors import Vectors
from model.vectors.table import WordTable
from tests.support.tiny_words import make_words

KO, EN = Texts.load("ko"), Texts.load("en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_words(tmp_path_factory.mktemp("words") / "tiny-words")


@pytest.fixture(scope="module")
def vectors(folder: Path) -> Vectors:
    return Vectors.load(folder)


def lines(vectors: Vectors, kind: Kind, text: str, texts: Texts = KO) -> list[str]:
    written = write(answer(parse(kind, text), vectors), texts)
    return [*written.head, *written.table, written.foot]


def refusal(vectors: Vectors, question: Question) -> str:
    with pytest.raises(WordMistake) as mistake:
        answer(question, vectors)
    return mistake.value.sentence(KO, "!", lambda word: f"<{word}>")


class TestAnswers:
    def test_neighbours_are_listed_with_cosine_count_and_leaning(self, vectors: Vectors) -> None:
        assert lines(vectors, Kind.SIMILAR, "배송 topn:3") == [
            "배송 · 비슷하게 쓰이는 말",
            "리뷰에 800번 나왔어요. 쏠림: 중립",
            "0.989  700×  부정  택배",
            "0.978  100×  부정  배달",
            "0.934  300×  긍정  포장",
            "왼쪽부터 코사인 유사도, 나온 횟수, 쏠림이에요.",
        ]

    def test_english_columns_are_aligned_too(self, vectors: Vectors) -> None:
        assert lines(vectors, Kind.SIMILAR, "배송 topn:3", EN)[2:5] == [
            "0.989  700×  negative  택배",
            "0.978  100×  negative  배달",
            "0.934  300×  positive  포장",
        ]

    def test_how_a_word_was_found_is_said_unless_it_is_exact(self, vectors: Vectors) -> None:
        assert lines(vectors, Kind.SIMILAR, "느렸어요!")[0] == "느렸어요! → 느리다"
        assert lines(vectors, Kind.SIMILARITY, "배송이 영화")[:2] == ["배송이 → 배송", "배송 · 영화: 유사도 0.020"]

    def test_an_analogy_is_written_as_a_sum(self, vectors: Vectors) -> None:
        title, best, *_ = lines(vectors, Kind.ANALOGY, "배우 배송 - 영화")
        assert title == "배우 + 배송 − 영화 = ?"
        assert best.split() == ["1.130", "300×", "긍정", "포장"]

    def test_two_words_have_a_similarity(self, vectors: Vectors) -> None:
        assert lines(vectors, Kind.SIMILARITY, "배송 택배") == [
            "배송 · 택배: 유사도 0.989",
            "800×  중립  배송",
            "700×  부정  택배",
            "왼쪽부터 나온 횟수, 쏠림이에요.",
        ]

    def test_the_odd_one_out_is_last_of_all(self, vectors: Vectors) -> None:
        title, *rows, _ = lines(vectors, Kind.ODDONE, "배송 택배 배우 포장")
        assert title == "배우 · 나머지와 가장 달라요"
        assert [row.split()[-1] for row in rows][-1] == "배우"

    def test_the_same_word_thrice_has_no_odd_one(self, vectors: Vectors) -> None:
        question = Question(Kind.ODDONE, ("느려요", "느리다", "배송"))
        assert refusal(vectors, question) == KO("words.oddone_usage", prefix="!")

    def test_an_unknown_word_is_met_with_such_as_are_spelled_like_it(self, vectors: Vectors) -> None:
        assert refusal(vectors, Question(Kind.SIMILAR, ("배숑",))) == KO(
            "words.unknown_meant", word="<배숑>", meant="<배송>"
        )
        assert refusal(vectors, Question(Kind.SIMILARITY, ("배송", "뷁뷁"))) == KO("words.unknown", word="<뷁뷁>")

    def test_a_question_that_no_parser_has_seen_is_checked_too(self, vectors: Vectors) -> None:
        assert refusal(vectors, Question(Kind.SIMILARITY, ("배송", ""))) == KO("words.similarity_usage", prefix="!")

    def test_vectors_from_elsewhere_have_no_counts_to_show(self) -> None:
        rows = np.eye(3, dtype=np.float32)
        table = WordTable(["a`b", "나", "다" * 99], rows, np.zeros(3, np.uint32), np.full(3, np.nan, np.float16))
        title, *rest = lines(Vectors(table), Kind.SIMILAR, "나")
        assert title == "나 · 비슷하게 쓰이는 말"
        assert rest == ["0.000  a`b", f"0.000  {'다' * 14}…", "왼쪽은 코사인 유사도예요."]


class TestCharacters:
    @pytest.fixture
    def characters(self, tiny_model: Path) -> Vectors:
        return Vectors.of_classifier(tiny_model)

    def test_one_is_compared_in_the_embedding(self, characters: Vectors) -> None:
        written = write(answer(parse(Kind.SIMILAR, "굿 topn:2 layer:classifier"), characters), KO)
        assert written.head == ["굿 · 판정 모델이 비슷하게 읽는 글자"]
        assert sorted(written.table) == ["1.000  좋", "1.000  짱"]

    def test_the_space_can_be_seen(self, characters: Vectors) -> None:
        question = parse(Kind.SIMILAR, "별 topn:20 layer:classifier")
        assert "0.000  (빈칸)" in write(answer(question, characters), KO).table

    @pytest.mark.parametrize("text", ["굿굿", "배송", "hello"])
    def test_only_one_can_be_asked_about(self, characters: Vectors, text: str) -> None:
        question = Question(Kind.SIMILAR, (text,), layer=Layer.CLASSIFIER)
        assert refusal(characters, question) == KO("words.one_character")

    def test_an_unknown_one_is_said(self, characters: Vectors) -> None:
        question = Question(Kind.SIMILAR, ("뷁",), layer=Layer.CLASSIFIER)
        assert refusal(characters, question) == KO("words.unknown", word="<뷁>")


class TestCompletion:
    def test_it_goes_by_frequency_and_by_keys(self, vectors: Vectors) -> None:
        assert complete(vectors, "배") == ["배송", "배우", "배달"]
        assert complete(vectors, "배ㅅ") == ["배송"]
        assert complete(vectors, "배", 1) == ["배송"]

    def test_an_inflected_or_misspelled_word_leads_to_a_known_one(self, vectors: Vectors) -> None:
        assert complete(vectors, "느려요") == ["느리다"]
        assert complete(vectors, "배숑") == ["배송"]
        assert complete(vectors, "뷁뷁") == []

    def test_of_several_words_the_last_is_completed(self, vectors: Vectors) -> None:
        assert complete_last(vectors, "영화, 느") == ["영화, 느리다"]
        assert complete_last(vectors, "영화 ", 2) == ["영화 좋다", "영화 배송"]


class TestPictures:
    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            (Kind.SIMILAR, "배송"),
            (Kind.ANALOGY, "배우 배송 - 영화"),
            (Kind.SIMILARITY, "배송 배송"),
            (Kind.ODDONE, "배송 택배 영화"),
        ],
    )
    def test_each_answer_has_one_and_it_is_described(self, vectors: Vectors, kind: Kind, text: str) -> None:
        found = answer(parse(kind, text), vectors)
        assert draw_neighbours(picture_of_answer(found, EN)).startswith(b"\x89PNG")
        assert "배송" in describe_picture(found, KO)

    def test_braces_in_a_word_are_no_riddle(self) -> None:
        rows = np.eye(2, dtype=np.float32)
        table = WordTable(["{words}", "$x^{"], rows, np.zeros(2, np.uint32), np.full(2, np.nan, np.float16))
        found = answer(Question(Kind.SIMILAR, ("{words}",)), Vectors(table))
        assert draw_neighbours(picture_of_answer(found, KO)).startswith(b"\x89PNG")
