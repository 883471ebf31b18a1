"""Measure predictions: every function takes P(positive), float of shape (n_texts,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score

from model.prediction import Probabilities

Truth = NDArray[np.bool_]  # True: positive

_CLASSES = [False, True]  # negative, positive
_N_CALIBRATION_BINS = 15
_N_RELIABILITY_BINS = 10


def polarity_metrics(
    probability: Probabilities, is_positive: Truth
) -> dict[str, float | list[list[int]] | list[list[float]]]:
    """Return how well texts were called negative and positive.

    That is accuracy, balanced accuracy, precision, recall and F1 of the negative class, ROC AUC, calibration error (of
    the texts, and as if both sides had as many), the confusion matrix (rows: truly negative, positive; columns: called
    negative, positive) and `reliability`. What cannot be said, because no text is of a class or none is called so, is
    NaN.
    """
    called_positive = probability > 0.5
    precision, recall, f1, _ = precision_recall_fscore_support(
        is_positive, called_positive, labels=_CLASSES, zero_division=np.nan
    )
    return {
        "n_texts": len(probability),
        "accuracy": float(accuracy_score(is_positive, called_positive)),
        "balanced_accuracy": float(recall.mean()),
        "negative_precision": float(precision[0]),
        "negative_recall": float(recall[0]),
        "negative_f1": float(f1[0]),
        "roc_auc": roc_auc(probability, is_positive),
        "calibration_error": calibration_error(probability, is_positive),
        "balanced_calibration_error": calibration_error(probability, is_positive, balanced_weights(is_positive)),
        "reliability": reliability(probability, is_positive),
        "confusion_matrix": confusion_matrix(is_positive, called_positive, labels=_CLASSES).tolist(),
    }


def roc_auc(probability: Probabilities, is_positive: Truth) -> float:
    """Return the chance that a positive text scores above a negative one, ties counting half; NaN without either."""
    if is_positive.all() or not is_positive.any():
        return float("nan")
    return float(roc_auc_score(is_positive, probability))


def calibration_error(
    probability: Probabilities, is_positive: Truth, weights: NDArray[np.float64] | None = None
) -> float:
    """Return the expected calibration error over 15 equal bins (Naeini et al. 2015); weights have shape (n_texts,)."""
    weights = np.ones(len(probability)) if weights is None else weights
    bins = np.minimum((probability * _N_CALIBRATION_BINS).astype(int), _N_CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights * (probability - is_positive), minlength=_N_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / weights.sum())


def balanced_weights(is_positive: Truth) -> NDArray[np.float64]:
    """Return weights (n_texts,) by which both sides count alike, however many texts each has."""
    n_positive = int(is_positive.sum())
    return np.where(is_positive, 0.5 / max(n_positive, 1), 0.5 / max(len(is_positive) - n_positive, 1))


def reliability(probability: Probabilities, is_positive: Truth) -> list[list[float]]:
    """Return, for ten equal bins of P(negative), its mean, the share that is truly negative, and the number of texts.

    Both sides count alike in the first two. Bins without a text are left out.
    """
    negative, weights = 1 - probability.astype(np.float64), balanced_weights(is_positive)
    bins = np.minimum((negative * _N_RELIABILITY_BINS).astype(int), _N_RELIABILITY_BINS - 1)

    def mean(values: NDArray[np.float64] | Truth, rows: Truth) -> float:
        return float(np.average(values[rows], weights=weights[rows]))

    groups = [bins == number for number in np.unique(bins)]
    return [[mean(negative, rows), mean(~is_positive, rows), int(rows.sum())] for rows in groups]


def flag_threshold(neutral: Probabilities, share: float) -> float:
    """Return the smallest P(negative) from which at most `share` (in [0, 1)) of the neutral texts are flagged."""
    negative = np.sort(1.0 - neutral.astype(np.float64))[::-1]
    n_allowed = int(share * len(negative))
    return float(np.nextafter(negative[n_allowed], 2.0)) if len(negative) else 1.0


def flag_share(probability: Probabilities, threshold: float) -> float:
    """Return the share of texts with P(negative) at or above the threshold."""
    return float(np.mean(1.0 - probability.astype(np.float64) >= threshold)) if len(probability) else float("nan")
