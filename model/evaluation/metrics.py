"""Measure predictions: every function takes P(positive), float of shape (n_texts,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score

from model.prediction import Probabilities

Truth = NDArray[np.bool_]  # True: positive

_CLASSES = [False, True]  # negative, positive
_N_CALIBRATION_BINS = 15


def polarity_metrics(probability: Probabilities, is_positive: Truth) -> dict[str, float | list[list[int]]]:
    """Return how well texts were called negative and positive.

    That is accuracy, balanced accuracy, precision, recall and F1 of the negative class, ROC AUC, calibration error and
    the confusion matrix (rows: truly negative, positive; columns: called negative, positive). What cannot be
    said, because no text is of a class or none is called so, is NaN.
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
        "confusion_matrix": confusion_matrix(is_positive, called_positive, labels=_CLASSES).tolist(),
    }


def roc_auc(probability: Probabilities, is_positive: Truth) -> float:
    """Return the chance that a positive text scores above a negative one, ties counting half; NaN without either."""
    if is_positive.all() or not is_positive.any():
        return float("nan")
    return float(roc_auc_score(is_positive, probability))


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
