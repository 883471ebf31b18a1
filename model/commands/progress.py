"""Show a training run's progress: bars for people, JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tqdm import tqdm


def print_json(line: Mapping[str, Any]) -> None:
    """Print one JSON object a line, at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


class ProgressBars:
    """One bar an epoch, with loss and accuracy, and the validation figures at its end."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, line: Mapping[str, Any]) -> None:
        """Show one line of progress."""
        match line["event"]:
            case "teacher":
                tqdm.write("reading what the teacher says of the training rows ...")
            case "batch":
                self._show(line, line["batch"])
            case "epoch":
                self._show(line, line["n_batches"])
                self._close()

    def _show(self, line: Mapping[str, Any], n_done: int) -> None:
        if self._bar is None:
            self._bar = tqdm(total=line["n_batches"], desc=f"epoch {line['epoch']}/{line['n_epochs']}", unit="batch")
        figures = {name: f"{line[name]:.4f}" for name in _SHOWN if name in line}
        self._bar.set_postfix(figures, refresh=False)
        self._bar.update(n_done - self._bar.n)

    def _close(self) -> None:
        if self._bar:
            self._bar.close()
        self._bar = None


_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")
