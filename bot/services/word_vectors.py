"""Whose word vectors answer, opened at the first question."""

from __future__ import annotations

import threading
from pathlib import Path

from model.vectors.keyed_vectors import Vectors


class WordBook:
    """Word vectors on disk, opened when they are first needed, once. Its methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None

    def open(self) -> Vectors:
        """Return the vectors; whoever comes while they are being opened waits.

        Raises:
            JigiModelError: They are missing or damaged.
        """
        with self._lock:
            if self._vectors is None:
                vectors = Vectors.load(self._folder)
                vectors.suggest("")  # builds what every later question needs
                self._vectors = vectors
            return self._vectors
