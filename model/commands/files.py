"""What several commands read: the environment, and files of labelled examples."""

from __future__ import annotations

import os
from pathlib import Path

from model.errors import CommandError
from model.example_files import Limits, read_examples
from model.examples import Example
from model.vectors.table import PRETRAINED_WORDS

_LIMITS = Limits(n_bytes=200_000_000, n_rows=100_000)  # of a file on one's own disk


def corpora_folder(given: Path | None) -> Path:
    """Return the folder of the corpora: as given, or JIGI_CORPORA, or the user's cache."""
    return given or Path(os.environ.get("JIGI_CORPORA") or _cache())


def vectors_folder(given: Path | None) -> Path:
    """Return the folder of the word vectors: as given, or VECTORS, or the shipped one."""
    return given or Path(os.environ.get("VECTORS") or PRETRAINED_WORDS)


def labelled_examples(path: Path | None) -> list[Example]:
    """Read a file of examples, if there is one.

    Raises:
        CommandError: It cannot be read.
        ExamplesError: It is not of the format.
    """
    if path is None:
        return []
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. Give a CSV or TSV file of examples.") from error
    return read_examples(content, _LIMITS)


def _cache() -> Path:
    from pooch import os_cache  # training alone needs it

    return Path(os_cache("jigi")) / "corpora"
