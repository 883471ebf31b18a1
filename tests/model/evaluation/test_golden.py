"""The golden set by category, and the ways to hide a complaint."""

from collections import Counter

import pytest

from model.classifier import Classifier
from model.evaluation.evasions import EVASIONS, flags_lost
from model.evaluation.golden import by_category
from model.golden import golden_examples
from model.reading.read import read, read_message

COMPLAINT = "배송이 너무 늦고 별로예요 최악입니다"
LEAVE_THE_WORDS_ALONE = sorted(
    EVASIONS.keys() - {"laughter behind", "without spaces", "a polite end of a hundred characters"}
)


def test_every_category_has_figures(classifier: Classifier) -> None:
    figures = by_category(classifier, classifier.threshold)
    assert len(figures) >= 20
    assert figures["all"].n_texts == len(golden_examples()) == sum(f.n_texts for f in figures.values()) / 2
    assert figures["all"].recall is not None
    assert 0 <= figures["all"].recall <= 1
    assert figures["haggling"].recall is None
    assert figures["polite_complaint"].false_flags is None


@pytest.mark.parametrize("name", LEAVE_THE_WORDS_ALONE)
def test_what_hides_nothing_from_people_hides_nothing_from_the_reader(name: str) -> None:
    hidden = read_message(EVASIONS[name](COMPLAINT))
    assert hidden.replace(" ", "") == read(COMPLAINT).replace(" ", "")


def test_flags_are_lost_only_where_the_words_are(classifier: Classifier) -> None:
    lost = flags_lost(classifier, [COMPLAINT, "오늘 저녁 뭐 먹지"], classifier.threshold)
    assert lost.keys() == EVASIONS.keys()
    assert lost["a mention in front"] == lost["spelled in single letters"] == 0
    assert flags_lost(classifier, ["오늘 저녁 뭐 먹지"], classifier.threshold) == {}


def test_categories_are_named_and_large_enough() -> None:
    counts = Counter(example.label for example in golden_examples())
    assert min(counts.values()) >= 300
    assert sum(counts.values()) >= 1500
