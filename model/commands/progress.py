"""Show a training run's progress: bars for people, JSON lines for programs."""

from __future__ import annotations

from typing import Any

from tqdm import tqdm

from model.events import BatchEvent, EpochEvent, Event, TeacherEvent, encode

_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


def print_json(event: Event) -> None:
    """Print one JSON object a line, at once."""
    print(encode(event), flush=True)


class ProgressBars:
    """One bar an epoch, with loss and accuracy, and the validation figures at its end."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case TeacherEvent(share=share) if share > 0:
                tqdm.write("reading what the teacher says of the training rows ...")
            case BatchEvent():
                self._show(event, event.batch)
            case EpochEvent():
                self._show(event, event.n_batches)
                self._close()

    def _show(self, event: BatchEvent | EpochEvent, n_done: int) -> None:
        if self._bar is None:
            self._bar = tqdm(total=event.n_batches, desc=f"epoch {event.epoch}/{event.n_epochs}", unit="batch")
        figures = {name: getattr(event, name, None) for name in _SHOWN}
        shown = {name: f"{figure:.4f}" for name, figure in figures.items() if figure is not None}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(n_done - self._bar.n)

    def _close(self) -> None:
        if self._bar:
            self._bar.close()
        self._bar = None
