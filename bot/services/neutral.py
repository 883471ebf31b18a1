"""How neutral sentences score: below what threshold a classifier would flood its guild."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from bot.domain.thresholds import least_sane
from model.classifier import Classifier
from model.examples import ExampleLabel
from model.golden import golden_examples

_known: WeakKeyDictionary[Classifier, float] = WeakKeyDictionary()  # what a classifier answers never changes


def least_threshold(classifier: Classifier) -> float:
    """Return the lowest threshold to advise for a classifier. Takes a moment the first time: call it in a thread."""
    if classifier not in _known:
        neutral = [each.text for each in golden_examples() if each.label is ExampleLabel.NEUTRAL]
        scores = [prediction.negative_probability for prediction in classifier.classify(neutral)]
        _known[classifier] = least_sane(scores, classifier.threshold)
    return _known[classifier]
