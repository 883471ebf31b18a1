"""Judge a classifier on held-out rows and choose its threshold. Runs without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from model.classifier import Classifier
from model.corpora.corpus import NEUTRAL_TARGET, Corpus, Split
from model.corpora.splits import Corpora
from model.evaluation.evasions import flags_lost
from model.evaluation.golden import by_category
from model.evaluation.metrics import flag_share, flag_threshold, polarity_metrics

# The most that is flagged of neutral talk on validation rows. They hold complaints by any reading: three of the eleven
# most negative lines of chat, four or five of the fourteen of communities. Of the rest it is about 0.5, 0.8 and 0.4 %.
MAX_CHAT_FLAGGED, MAX_COMMUNITY_FLAGGED, MAX_REQUESTS_FLAGGED = 0.007, 0.012, 0.004
_N_HIDDEN = 500  # complaints of each corpus that are hidden in every way
_FALLBACK_THRESHOLD = 0.9  # where there is no talk to choose by


def choose_threshold(classifier: Classifier, corpora: Corpora) -> float:
    """Return the P(negative) from which the limits are kept on validation rows, rounded up to 4 digits."""
    kinds = (
        (corpora.chat, MAX_CHAT_FLAGGED),
        (corpora.community, MAX_COMMUNITY_FLAGGED),
        (corpora.requests, MAX_REQUESTS_FLAGGED),
    )
    thresholds = [
        flag_threshold(classifier.probabilities(split.validation.texts), limit) for split, limit in kinds if split
    ]
    return float(min(np.ceil(max(thresholds, default=_FALLBACK_THRESHOLD) * 1e4) / 1e4, 1.0))


def evaluate(classifier: Classifier, corpora: Corpora, threshold: float) -> dict[str, Any]:
    """Return the figures of every corpus on its test rows, a JSON object.

    Polar corpora: accuracy, balanced accuracy, precision, recall and F1 of the negative class, ROC AUC, calibration
    error and reliability, confusion matrix, the recall at the threshold, that of the same texts with all syllables
    spaced out, and the recall at exactly 1 % flags on the test rows of community talk and of chat where there are any.
    Neutral corpora: the shares that are flagged, and that are called negative.
    "golden": recall, false flags and accuracy by category; "evasions": the share of flags that each costs.
    """
    talk = {
        name: flag_threshold(classifier.probabilities(split.test.texts), 0.01)
        for name, split in (("chat", corpora.chat), ("community", corpora.community))
        if split
    }
    metrics: dict[str, Any] = {"threshold": threshold}
    for split in corpora.splits():
        metrics[split.test.name] = _corpus_metrics(classifier, split, threshold, talk)
    metrics["golden"] = {name: asdict(figures) for name, figures in by_category(classifier, threshold).items()}
    complaints = [text for split in corpora.polar() for text in _complaints(split.test)[:_N_HIDDEN]]
    return metrics | {"evasions": flags_lost(classifier, complaints, threshold)}


def _complaints(corpus: Corpus) -> list[str]:
    return [text for text, target in zip(corpus.texts, corpus.targets, strict=True) if target < NEUTRAL_TARGET]


def space_out(text: str) -> str:
    """Return a text as if its writer had put a space after every syllable."""
    return " ".join(text.replace(" ", ""))


def _corpus_metrics(
    classifier: Classifier, split: Split, threshold: float, talk: Mapping[str, float]
) -> dict[str, Any]:
    probability, targets = classifier.probabilities(split.test.texts), split.test.targets
    if np.all(targets == 0.5):
        called_negative = float(np.mean(probability <= 0.5))
        flagged = flag_share(probability, threshold)
        return {"n_texts": len(targets), "flagged": flagged, "called_negative": called_negative}
    negative, positive = probability[targets < 0.5], probability[targets > 0.5]
    spaced = classifier.probabilities([space_out(text) for text in _complaints(split.test)])
    metrics = polarity_metrics(probability, targets > 0.5) | {
        "negative_flagged": flag_share(negative, threshold),
        "negative_flagged_spaced_out": flag_share(spaced, threshold),
        "positive_flagged": flag_share(positive, threshold),
    }
    at_one_percent = {f"negative_flagged_at_1_percent_{name}": flag_share(negative, t) for name, t in talk.items()}
    return metrics | at_one_percent
