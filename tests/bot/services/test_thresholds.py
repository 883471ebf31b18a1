"""The shipped model's advice never floods a guild with neutral texts."""

from bot.services.thresholds import least_threshold
from model.classifier import Classifier
from model.examples import ExampleLabel
from model.golden import golden_examples
from model.versions.version import PRETRAINED


def test_the_lowest_advice_flags_few_neutral_sentences() -> None:
    classifier = Classifier.load(PRETRAINED)
    neutral = [each.text for each in golden_examples() if each.label is ExampleLabel.NEUTRAL]
    lowest = least_threshold(classifier)
    n_flagged = sum(each.negative_probability >= lowest for each in classifier.classify(neutral))
    assert 0.5 < lowest <= classifier.threshold
    assert n_flagged <= 0.05 * len(neutral)
    assert least_threshold(classifier) == lowest
