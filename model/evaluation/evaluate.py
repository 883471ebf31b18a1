"""Judge a classifier on held-out rows and choose its threshold. Runs without TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.classifier import Classifier
from model.corpora.corpus import Split
from model.corpora.splits import Corpora
from model.evaluation.metrics import flag_share, flag_threshold, polarity_metrics
from model.prediction import Probabilities

MAX_CHAT_FLAGGED = 0.01
_CHAT_MARGIN = 0.8  # the validation chat is a sample: aim below the limit, so that unseen chat stays below it too
_FALLBACK_THRESHOLD = 0.9  # where there is no chat to choose by


def choose_threshold(classifier: Classifier, corpora: Corpora) -> float:
    """Return the P(negative) from which at most 0.8 % of the validation chat is flagged, rounded up to 4 digits."""
    if corpora.chat is None:
        return _FALLBACK_THRESHOLD
    chat = classifier.probabilities(corpora.chat.validation.texts)
    return float(min(np.ceil(flag_threshold(chat, MAX_CHAT_FLAGGED * _CHAT_MARGIN) * 1e4) / 1e4, 1.0))


def evaluate(classifier: Classifier, corpora: Corpora, threshold: float) -> dict[str, Any]:
    """Return the figures of every corpus on its test rows, a JSON object.

    Polar corpora: accuracy, balanced accuracy, precision, recall and F1 of the negative class, ROC AUC, calibration
    error, confusion matrix, the recall at the threshold, that of the same texts with all syllables spaced out, and the
    recall at exactly 1 % flags on the test chat where there is one.
    Neutral corpora: the shares that are flagged, and that are called negative.
    """
    chat = classifier.probabilities(corpora.chat.test.texts) if corpora.chat else None
    metrics: dict[str, Any] = {"threshold": threshold}
    for split in corpora.splits():
        metrics[split.test.name] = _corpus_metrics(classifier, split, threshold, chat)
    return metrics


def space_out(text: str) -> str:
    """Return a text as if its writer had put a space after every syllable."""
    return " ".join(text.replace(" ", ""))


def _corpus_metrics(
    classifier: Classifier, split: Split, threshold: float, chat: Probabilities | None
) -> dict[str, Any]:
    probability, targets = classifier.probabilities(split.test.texts), split.test.targets
    if np.all(targets == 0.5):
        called_negative = float(np.mean(probability <= 0.5))
        flagged = flag_share(probability, threshold)
        return {"n_texts": len(targets), "flagged": flagged, "called_negative": called_negative}
    negative, positive = probability[targets < 0.5], probability[targets > 0.5]
    spaced = classifier.probabilities([space_out(t) for t, y in zip(split.test.texts, targets, strict=True) if y < 0.5])
    metrics = polarity_metrics(probability, targets > 0.5) | {
        "negative_flagged": flag_share(negative, threshold),
        "negative_flagged_spaced_out": flag_share(spaced, threshold),
        "positive_flagged": flag_share(positive, threshold),
    }
    if chat is not None:
        metrics["negative_flagged_at_1_percent_chat"] = flag_share(negative, flag_threshold(chat, MAX_CHAT_FLAGGED))
    return metrics
