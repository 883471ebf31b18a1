"""Learning curves, of one epoch or many."""

from __future__ import annotations

import pytest

from model.pictures.learning_curves import draw_learning_curves


@pytest.mark.parametrize("n_epochs", [1, 2, 12])
def test_curves_are_drawn_for_any_number_of_epochs(n_epochs: int) -> None:
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    history = {name: [0.5 / epoch for epoch in range(1, n_epochs + 1)] for name in names}
    picture = draw_learning_curves(history)
    assert picture.startswith(b"\x89PNG")
    assert picture == draw_learning_curves(history)


def test_drawing_chooses_no_backend_for_others() -> None:
    import subprocess
    import sys

    program = (
        "import sys; from model.pictures.learning_curves import draw_learning_curves as draw\n"
        "draw({name: [0.5] for name in ('loss', 'accuracy', 'val_loss', 'val_accuracy')})\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
