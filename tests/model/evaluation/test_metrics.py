"""Figures, held against scikit-learn's."""

import numpy as np
import pytest

from model.evaluation.metrics import calibration_error, flag_share, flag_threshold, polarity_metrics, roc_auc

GENERATOR = np.random.default_rng(3)
TRUTH = GENERATOR.random(2000) < 0.6
PROBABILITY = np.round(np.clip(GENERATOR.normal(np.where(TRUTH, 0.65, 0.35), 0.25), 0, 1), 2).astype(np.float32)


def test_figures_equal_scikit_learns() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    figures = polarity_metrics(PROBABILITY, TRUTH)
    called = PROBABILITY > 0.5
    precision, recall, f1, _ = sklearn.precision_recall_fscore_support(TRUTH, called, pos_label=False, average="binary")
    assert figures["accuracy"] == pytest.approx(sklearn.accuracy_score(TRUTH, called))
    assert figures["balanced_accuracy"] == pytest.approx(sklearn.balanced_accuracy_score(TRUTH, called))
    assert figures["negative_precision"] == pytest.approx(precision)
    assert figures["negative_recall"] == pytest.approx(recall)
    assert figures["negative_f1"] == pytest.approx(f1)
    assert figures["roc_auc"] == pytest.approx(sklearn.roc_auc_score(TRUTH, PROBABILITY))
    assert figures["confusion_matrix"] == sklearn.confusion_matrix(TRUTH, called).tolist()


def test_the_area_counts_ties_half() -> None:
    assert roc_auc(np.array([0.5, 0.5], np.float32), np.array([True, False])) == 0.5


def test_a_calibrated_answer_has_no_calibration_error() -> None:
    probability = np.full(1000, 0.3, np.float32)
    assert calibration_error(probability, np.arange(1000) < 300) == pytest.approx(0, abs=1e-6)
    assert calibration_error(probability, np.ones(1000, bool)) == pytest.approx(0.7, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1])
def test_the_threshold_flags_at_most_the_share_and_one_more_text_would_be_too_many(share: float) -> None:
    threshold = flag_threshold(PROBABILITY, share)
    negative = 1.0 - PROBABILITY.astype(np.float64)
    assert flag_share(PROBABILITY, threshold) <= share
    assert np.mean(negative >= negative[negative < threshold].max()) > share
