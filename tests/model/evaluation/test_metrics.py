"""Figures, held against their definitions."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from model.evaluation.metrics import (
    balanced_weights,
    calibration_error,
    flag_share,
    flag_threshold,
    polarity_metrics,
    reliability,
    roc_auc,
)

GENERATOR = np.random.default_rng(3)
TRUTH = GENERATOR.random(2000) < 0.6
PROBABILITY = np.round(np.clip(GENERATOR.normal(np.where(TRUTH, 0.65, 0.35), 0.25), 0, 1), 2).astype(np.float32)


def test_figures_are_those_of_the_textbook() -> None:
    figures = polarity_metrics(PROBABILITY, TRUTH)
    called = PROBABILITY > 0.5
    (tn, fp), (fn, tp) = figures["confusion_matrix"]  # type: ignore[misc]
    assert (tn, fp) == (int(np.sum(~called & ~TRUTH)), int(np.sum(called & ~TRUTH)))
    assert (fn, tp) == (int(np.sum(~called & TRUTH)), int(np.sum(called & TRUTH)))
    precision, recall = tn / (tn + fn), tn / (tn + fp)
    assert figures["accuracy"] == pytest.approx((tn + tp) / 2000)
    assert figures["balanced_accuracy"] == pytest.approx((recall + tp / (tp + fn)) / 2)
    assert figures["negative_precision"] == pytest.approx(precision)
    assert figures["negative_recall"] == pytest.approx(recall)
    assert figures["negative_f1"] == pytest.approx(2 * precision * recall / (precision + recall))
    above = PROBABILITY[TRUTH][:, None] - PROBABILITY[~TRUTH][None]
    assert figures["roc_auc"] == pytest.approx(np.mean((above > 0) + 0.5 * (above == 0)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("is_positive", [True, False])
def test_of_texts_of_one_class_only_some_figures_can_be_said(is_positive: bool) -> None:
    truth = np.full(3, is_positive)
    figures = polarity_metrics(np.array([0.2, 0.7, 0.9], np.float32), truth)
    assert np.isnan(roc_auc(np.array([0.2, 0.7, 0.9], np.float32), truth))
    assert np.isnan(figures["roc_auc"])
    assert np.isnan(figures["balanced_accuracy"])
    assert figures["accuracy"] == pytest.approx(2 / 3 if is_positive else 1 / 3)
    assert figures["confusion_matrix"] == ([[0, 0], [1, 2]] if is_positive else [[1, 2], [0, 0]])


def test_the_area_counts_ties_half() -> None:
    assert roc_auc(np.array([0.5, 0.5], np.float32), np.array([True, False])) == 0.5


def test_a_calibrated_answer_has_no_calibration_error() -> None:
    probability = np.full(1000, 0.3, np.float32)
    assert calibration_error(probability, np.arange(1000) < 300) == pytest.approx(0, abs=1e-6)
    assert calibration_error(probability, np.ones(1000, bool)) == pytest.approx(0.7, abs=1e-6)


def test_weights_make_both_sides_count_alike() -> None:
    probability = np.repeat(np.array([0.5], np.float32), 100)
    truth = np.arange(100) < 80
    assert calibration_error(probability, truth) == pytest.approx(0.3, abs=1e-6)
    assert calibration_error(probability, truth, balanced_weights(truth)) == pytest.approx(0, abs=1e-6)
    assert reliability(probability, truth) == [[pytest.approx(0.5), pytest.approx(0.5), 100]]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1])
def test_the_threshold_flags_at_most_the_share_and_one_more_text_would_be_too_many(share: float) -> None:
    threshold = flag_threshold(PROBABILITY, share)
    negative = 1.0 - PROBABILITY.astype(np.float64)
    assert flag_share(PROBABILITY, threshold) <= share
    assert np.mean(negative >= negative[negative < threshold].max()) > share
