"""What is wrong with examples that were typed or uploaded, in words."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.learning.examples import LIMITS
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from model.example_files import ExamplesError, FileProblem, Problem

_MOST_RECEIVED = 40  # characters of a wrong value that are repeated


def mistakes(error: ExamplesError, texts: Texts, *, row_key: str, shows_received: bool) -> Iterator[str]:
    """Say what is wrong: one line, and one more for each bad row as the sentence `row_key` puts it."""
    if not error.bad_rows:
        yield _sentence(error.problem, texts)
        return
    yield texts("problem.nothing_added", n=len(error.bad_rows))
    for bad in error.bad_rows:
        line = texts(row_key, row=bad.row, problem=_sentence(bad.problem, texts))
        yield line + texts("problem.received", received=cut(bad.received, _MOST_RECEIVED)) if shows_received else line


def _sentence(problem: Problem | FileProblem, texts: Texts) -> str:
    fields = {"n_bytes": f"{LIMITS.n_bytes:,}", "n_rows": f"{LIMITS.n_rows:,}", "n_characters": LIMITS.n_characters}
    return texts(f"problem.{problem.name.lower()}", **fields)
