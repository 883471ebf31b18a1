"""Show the figures of `model.evaluation.evaluate` as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_POLAR = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "negative_precision": "precision (negative)",
    "negative_recall": "recall (negative)",
    "negative_f1": "F1 (negative)",
    "roc_auc": "ROC AUC",
    "calibration_error": "calibration error",
    "balanced_calibration_error": "calibration error, balanced",
    "negative_flagged": "negative flagged",
    "negative_flagged_spaced_out": "negative flagged, spaced out",
    "positive_flagged": "positive flagged",
    "negative_flagged_at_1_percent_chat": "negative flagged at 1 % of chat",
    "negative_flagged_at_1_percent_community": "negative flagged at 1 % of talk",
    "flagged": "flagged",
    "called_negative": "called negative",
}


def metrics_table(version: str, metrics: Mapping[str, Any]) -> str:
    """Return one block of lines a corpus: the figure's name and its value; shares as per cent."""
    return "\n".join(_lines(version, metrics))


def _lines(version: str, metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"{version}, flagged from P(negative) ≥ {metrics['threshold']:.4f}; rows never trained on"
    for corpus, figures in metrics.items():
        if not isinstance(figures, Mapping) or "n_texts" not in figures:
            continue
        yield f"\n{corpus} ({figures['n_texts']:,} texts)"
        for name, title in _POLAR.items():
            if name in figures:
                yield f"  {title:<32}{figures[name]:>8.2%}"
        if "confusion_matrix" in figures:
            (tn, fp), (fn, tp) = figures["confusion_matrix"]
            yield f"  {'':<20}{'called negative':>16}{'called positive':>17}"
            yield f"  {'truly negative':<20}{tn:>16,}{fp:>17,}"
            yield f"  {'truly positive':<20}{fn:>16,}{tp:>17,}"
    yield from _golden_lines(metrics.get("golden", {}))
    yield from _evasion_lines(metrics.get("evasions", {}))


def _golden_lines(golden: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if golden:
        yield f"\n{'golden sentences, by category':<32}{'texts':>8}{'recall':>10}{'false flags':>14}{'accuracy':>12}"
    for name, figures in golden.items():
        shares = (_share(figures[key]) for key in ("recall", "false_flags", "accuracy"))
        recall, false_flags, accuracy = shares
        yield f"  {name:<30}{figures['n_texts']:>8,}{recall:>10}{false_flags:>14}{accuracy:>12}"


def _evasion_lines(evasions: Mapping[str, float]) -> Iterator[str]:
    if evasions:
        yield "\nflags lost where complaints are hidden by"
    for name, lost in evasions.items():
        yield f"  {name:<44}{lost:>8.2%}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
