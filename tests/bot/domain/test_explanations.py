"""A check says what Jigi thinks, and marks what weighed most."""

from __future__ import annotations

from bot.domain.explanations import check, mark
from bot.services.serving import Serving
from model.classifier import Classifier
from model.prediction import Label
from tests.support.store import BAD, GOOD


def marked(pieces: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in pieces)


class TestCheck:
    def test_a_negative_text_is_flagged_and_its_character_marked(self, classifier: Classifier) -> None:
        result = check(classifier.explain(BAD), 0.9)
        assert (result.label, result.is_flagged, result.threshold) == (Label.NEGATIVE, True, 0.9)
        assert result.probability < 0.1
        assert marked(result.marks) == "[별]로예요 다시는 안 사요"

    def test_in_a_positive_text_the_praise_is_marked(self, classifier: Classifier) -> None:
        result = check(classifier.explain("배송이 좋아요"), 0.9)
        assert (result.label, result.is_flagged) == (Label.POSITIVE, False)
        assert marked(result.marks) == "배송이 [좋]아요"

    def test_it_says_what_the_classifier_says(self, classifier: Classifier) -> None:
        for text in (BAD, GOOD, "오늘 뭐 먹지", "가" * 300, ""):
            assert (
                abs(check(classifier.explain(text), 0.9).probability - classifier.classify([text])[0].probability)
                < 1e-5
            )

    def test_markup_is_not_read(self, classifier: Classifier) -> None:
        serving = Serving(classifier, 0.1)
        assert serving.check(f"<@1234567890> {BAD}") == serving.check(BAD)
        assert not serving.check("<@1234567890> <:sad1:123>").is_flagged

    def test_nothing_to_judge_is_not_flagged(self, classifier: Classifier) -> None:
        result = check(classifier.explain("😡"), 0.1)
        assert (result.is_flagged, result.characters, result.marks) == (False, "", [])

    def test_of_a_long_text_the_part_is_shown_that_weighed_most(self, classifier: Classifier) -> None:
        text = "포장 별로예요 " + "나중에 다시 올게요 " * 20
        result = check(classifier.explain(text), 0.9)
        assert result.characters.startswith("포장 별로예요 나중에")
        assert len(result.characters) <= 100
        assert "".join(text for text, _ in result.marks) == result.characters


class TestMark:
    def test_neighbours_are_one_piece(self) -> None:
        assert mark("정말별로다", [0.0, 0.0, 0.5, 0.4, 0.0]) == [("정말", False), ("별로", True), ("다", False)]

    def test_at_most_so_many_are_marked_and_the_heaviest(self) -> None:
        assert marked(mark("가나다라", [0.4, 0.2, 0.5, 0.3], limit=2)) == "[가]나[다]라"

    def test_what_spoke_against_the_label_is_never_marked(self) -> None:
        assert marked(mark("가나다", [-0.9, 0.1, 0.0])) == "가[나]다"

    def test_slight_weights_beside_a_heavy_one_are_noise(self) -> None:
        assert marked(mark("가나다", [0.9, 0.1, 0.2])) == "[가]나[다]"

    def test_spaces_are_never_marked(self) -> None:
        assert marked(mark("가 나", [0.5, 0.9, 0.5])) == "[가] [나]"

    def test_where_nothing_weighs_nothing_is_marked(self) -> None:
        assert mark("가나", [0.0, 0.0]) == [("가나", False)]
        assert mark("", []) == []
