"""What the book's commands have in common: a quiet TensorFlow, and where pictures go."""

from __future__ import annotations

import os
from pathlib import Path

from model.errors import CommandError

RUNS = Path("runs/book")


def quiet_tensorflow() -> None:
    """Have TensorFlow say errors only; call it before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def save_picture(picture: bytes, path: Path) -> None:
    """Write a PNG and say where it is.

    Raises:
        CommandError: It cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}. Choose another place for it.") from error
    print(f"그림: {path}")
