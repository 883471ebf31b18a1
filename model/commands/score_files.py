"""`python -m model score INPUT… --output DIR`: files of any size into a folder of Parquet files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from model.cluster.crew import open_crew
from model.cluster.equipment import ModelFiles
from model.errors import CommandError
from model.scoring.choice import Choice

if TYPE_CHECKING:
    from model.scoring.run import Scored

_PAUSE = 10.0  # seconds between two lines of progress where nobody looks at a bar


def score_into(
    inputs: Sequence[str],
    output: str,
    model: Path,
    choice: Choice,
    scheduler: str | None,
    n_processes: int,
) -> None:
    """Score files into a folder; see `model.commands.score.score`.

    Raises:
        CommandError: What this needs is not installed.
        ScoreError, NotTextError, VersionError, ClusterError: It cannot be done; the message says what to do.
    """
    try:
        from model.scoring.output import Folder
        from model.scoring.run import score_files
        from model.scoring.sources import find
    except ModuleNotFoundError as error:
        raise CommandError(f"{error.name} is not installed. --output needs: pip install 'jigi[dask]'") from error
    files = ModelFiles.read(model)
    sources = find(inputs, choice)
    with open_crew(scheduler, n_processes) as crew, _progress(sum(source.size for source in sources)) as progress:
        score_files(sources, choice, files, Folder(output), crew, progress.advance)
        progress.end(output)


class _Progress(Protocol):
    def advance(self, scored: Scored) -> None:
        """Count a part."""

    def end(self, output: str) -> None:
        """Say what was done."""


class _Lines:
    """Progress as a line now and then."""

    def __init__(self, size: int) -> None:
        self.size, self.done = max(1, size), 0
        self.n_rows = self.n_flagged = 0
        self._started = self._told = time.monotonic()

    def advance(self, scored: Scored) -> None:
        self.n_rows += scored.n_rows
        self.n_flagged += scored.n_flagged
        self.done += scored.share
        self.show()

    def show(self) -> None:
        if time.monotonic() - self._told >= _PAUSE:
            self._told = time.monotonic()
            print(f"{self.done / self.size:.0%}: {self.n_rows:,} rows", file=sys.stderr)

    def end(self, output: str) -> None:
        seconds = max(time.monotonic() - self._started, 1e-3)
        share = f"{self.n_flagged / self.n_rows:.1%}" if self.n_rows else "none"
        pace = f"{self.n_rows:,} rows in {seconds:.0f} s ({self.n_rows / seconds:,.0f} a second)"
        print(f"{pace}, {share} flagged: {output}", file=sys.stderr)


@contextmanager
def _progress(size: int) -> Iterator[_Progress]:
    """Give what shows how far it is on standard error: a bar for people, else a line now and then."""
    lines = _Lines(size)
    if not sys.stderr.isatty():
        yield lines
        return
    from rich.console import Console  # comes with cyclopts, and takes a moment to import
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("score", total=lines.size)
        lines.show = lambda: bar.update(task, completed=lines.done, description=f"{lines.n_rows:,} rows")  # type: ignore[method-assign]
        yield lines
