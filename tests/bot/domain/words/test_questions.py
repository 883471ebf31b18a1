"""What people write after a command becomes the question that they mean, or a sentence that helps them."""

from __future__ import annotations

import pytest

from bot.domain.words.questions import (
    MOST_NEIGHBOURS,
    MOST_WORDS,
    Kind,
    Layer,
    Question,
    WordMistake,
    parse,
    split_words,
)
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts

KO = Texts.load("ko")


def refusal(kind: Kind, text: str) -> str:
    with pytest.raises(WordMistake) as mistake:
        parse(kind, text)
    return mistake.value.sentence(Caller(KO, "!"))


class TestSimilar:
    def test_a_line_is_one_word_however_it_is_spaced(self) -> None:
        assert parse(Kind.SIMILAR, " 재미 없다 ") == Question(Kind.SIMILAR, ("재미 없다",))

    @pytest.mark.parametrize("text", ["배송 topn:5", "배송 topn=5", "topn: 5 배송", "배송 --topn 5", "배송 TOPN:5,"])
    def test_how_many_can_be_said(self, text: str) -> None:
        assert parse(Kind.SIMILAR, text) == Question(Kind.SIMILAR, ("배송",), topn=5)

    @pytest.mark.parametrize("text", ["굿 layer:classifier", "--layer classifier 굿", "굿 layer=Classifier"])
    def test_the_classifier_can_be_asked(self, text: str) -> None:
        assert parse(Kind.SIMILAR, text) == Question(Kind.SIMILAR, ("굿",), layer=Layer.CLASSIFIER)

    @pytest.mark.parametrize("value", ["0", str(MOST_NEIGHBOURS + 1), "많이", "-3", "5.0", "1000000"])
    def test_a_wrong_number_is_told_what_is_right(self, value: str) -> None:
        assert refusal(Kind.SIMILAR, f"배송 topn:{value}") == KO("words.bad_topn", most=MOST_NEIGHBOURS)

    def test_a_wrong_layer_is_told_what_is_right(self) -> None:
        assert refusal(Kind.SIMILAR, "굿 layer:lstm") == KO("words.bad_layer")

    @pytest.mark.parametrize("text", ["", "  ", "topn:5"])
    def test_without_a_word_it_says_how_it_is_used(self, text: str) -> None:
        assert refusal(Kind.SIMILAR, text) == KO("words.similar_usage", example="!비슷한말 배송 topn:15")


class TestAnalogy:
    @pytest.mark.parametrize(
        "text",
        [
            "드라마 관객 - 영화",
            "드라마 + 관객 - 영화",
            "드라마 관객 -영화",
            "드라마+관객-영화",
            "드라마 - 영화 + 관객",
            "드라마 -영화 관객",
            "드라마, 관객 – 영화",
            "positive=['드라마', '관객'], negative=['영화']",
            "positive:[드라마, 관객] negative:[영화]",
            "positive=드라마,관객 negative=영화",
            "negative=영화, positive=드라마 관객",
            "Positive = [“드라마”, “관객”], Negative = [“영화”]",
        ],
    )
    def test_words_are_added_and_taken_away_in_many_ways(self, text: str) -> None:
        assert parse(Kind.ANALOGY, text) == Question(Kind.ANALOGY, ("드라마", "관객"), ("영화",))

    def test_a_sign_of_its_own_holds_until_the_next(self) -> None:
        question = parse(Kind.ANALOGY, "가 - 나 다 + 라 -마 바")
        assert (question.positive, question.negative) == (("가", "라", "바"), ("나", "다", "마"))

    def test_the_books_form_takes_topn_too(self) -> None:
        question = parse(Kind.ANALOGY, "positive=['드라마', '관객'], negative=['영화'], topn=3")
        assert (question.negative, question.topn) == (("영화",), 3)

    def test_nothing_needs_to_be_taken_away(self) -> None:
        assert parse(Kind.ANALOGY, "배송 택배").negative == ()

    @pytest.mark.parametrize("text", ["", "-", "배송", "- 배송 택배", "negative=배송,택배", "positive="])
    def test_what_asks_nothing_is_told_how_it_is_used(self, text: str) -> None:
        assert refusal(Kind.ANALOGY, text) == KO("words.analogy_usage", example="!유추 드라마 관객 - 영화")

    def test_too_many_words_are_refused(self) -> None:
        assert refusal(Kind.ANALOGY, "말 " * (MOST_WORDS + 1)) == KO("words.too_many", most=MOST_WORDS)


@pytest.mark.parametrize("text", ["배송", "배송 택배 포장"])
def test_two_words_are_compared_no_fewer_and_no_more(text: str) -> None:
    assert parse(Kind.SIMILARITY, "배송, 택배").positive == ("배송", "택배")
    assert refusal(Kind.SIMILARITY, text) == KO("words.similarity_usage", example="!유사도 배송 택배")


def test_the_odd_one_is_chosen_from_three_or_more() -> None:
    assert parse(Kind.ODDONE, "배송 택배 영화").positive == ("배송", "택배", "영화")
    assert refusal(Kind.ODDONE, "배송 택배") == KO("words.oddone_usage", example="!다른말 배송 택배 포장 배우")


def test_a_list_may_be_written_as_in_python() -> None:
    assert split_words("['배송', \"택배\" ]") == ("배송", "택배")
    assert split_words(" ,, ") == ()
