"""Measure predictions. NumPy only; every function takes P(positive), float of shape (n_texts,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.prediction import Probabilities

Truth = NDArray[np.bool_]  # True: positive

_N_CALIBRATION_BINS = 15


def polarity_metrics(probability: Probabilities, is_positive: Truth) -> dict[str, float | list[list[int]]]:
    """Return accuracy, balanced accuracy, precision, recall and F1 of the negative class, ROC AUC, calibration error
    and the confusion matrix (rows: truly negative, positive; columns: called negative, positive).
    """
    called_positive = probability > 0.5
    matrix = confusion_matrix(called_positive, is_positive)
    (true_negative, false_positive), (false_negative, true_positive) = matrix
    recall = _ratio(true_negative, true_negative + false_positive)
    precision = _ratio(true_negative, true_negative + false_negative)
    return {
        "n_texts": len(probability),
        "accuracy": float(np.mean(called_positive == is_positive)),
        "balanced_accuracy": (recall + _ratio(true_positive, true_positive + false_negative)) / 2,
        "negative_precision": precision,
        "negative_recall": recall,
        "negative_f1": _ratio(2 * precision * recall, precision + recall),
        "roc_auc": roc_auc(probability, is_positive),
        "calibration_error": calibration_error(probability, is_positive),
        "confusion_matrix": matrix,
    }


def confusion_matrix(called_positive: Truth, is_positive: Truth) -> list[list[int]]:
    """Return [[true negatives, false positives], [false negatives, true positives]], negative being class 0."""
    return [
        [int(np.sum((is_positive == truth) & (called_positive == call))) for call in (False, True)]
        for truth in (False, True)
    ]


def roc_auc(probability: Probabilities, is_positive: Truth) -> float:
    """Return the chance that a positive text scores above a negative one, ties counting half (Mann-Whitney U)."""
    n_positive = int(is_positive.sum())
    n_negative = len(is_positive) - n_positive
    if not n_positive or not n_negative:
        return float("nan")
    _, inverse, counts = np.unique(probability, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(mean_ranks[inverse][is_positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def calibration_error(probability: Probabilities, is_positive: Truth) -> float:
    """Return the expected calibration error over 15 equal bins (Naeini et al. 2015)."""
    bins = np.minimum((probability * _N_CALIBRATION_BINS).astype(int), _N_CALIBRATION_BINS - 1)
    n_texts = np.bincount(bins, minlength=_N_CALIBRATION_BINS)
    gaps = np.bincount(bins, probability - is_positive, minlength=_N_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / n_texts.sum())


def flag_threshold(neutral: Probabilities, share: float) -> float:
    """Return the smallest P(negative) from which at most `share` (in [0, 1)) of the neutral texts are flagged."""
    negative = np.sort(1.0 - neutral.astype(np.float64))[::-1]
    n_allowed = int(share * len(negative))
    return float(np.nextafter(negative[n_allowed], 2.0)) if len(negative) else 1.0


def flag_share(probability: Probabilities, threshold: float) -> float:
    """Return the share of texts with P(negative) at or above the threshold."""
    return float(np.mean(1.0 - probability.astype(np.float64) >= threshold)) if len(probability) else float("nan")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
