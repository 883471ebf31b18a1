"""`python -m model score`: one text a line in, one TSV row out for every line, in the same order.

With `--output`, `model.commands.score_files` scores files of any size.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter
from cyclopts.validators import Number

from model.classifier import Classifier
from model.commands.score_files import score_into
from model.errors import CommandError, ScoreError
from model.scoring.choice import Choice, Format
from model.textfiles.decoding import read_lines
from model.versions.version import PRETRAINED

HEADER = "probability\tlabel\tflagged\ttext\n"
_N_LINES_AT_ONCE = 1024
_N_WAITING = 2  # batches for each process that are read ahead: memory stays flat however long the file is


def score(
    *inputs: Annotated[str, Parameter(allow_leading_hyphen=True)],
    model: Path = PRETRAINED,
    jobs: Annotated[int | None, Parameter(validator=Number(gte=1, lte=256))] = None,
    output: str | None = None,
    scheduler: str | None = None,
    format: Format | None = None,
    column: str | None = None,
    keep: tuple[str, ...] = (),
    no_header: bool = False,
) -> None:
    """Score a file, one text a line, as TSV on standard output; or any files into a folder of Parquet files.

    Needs no TensorFlow. With --output it needs jigi[dask]; a run that was broken off goes on where it was.

    Args:
        inputs: text in UTF-8, CP949 or UTF-16, one text a line; - is stdin. With --output as many files, folders,
            patterns or URLs as you like, of CSV, TSV, text or Parquet
        model: folder of the version
        jobs: processes that share the work; as many as there are processors if not given
        output: folder or URL for the Parquet files
        scheduler: address of a Dask scheduler, tcp://HOST:PORT, whose workers share the work
        format: what the files hold, if their names do not say it
        column: that holds the texts, if it is not called text, review, document or the like
        keep: column to copy; may be given several times
        no_header: the first line of CSV and TSV is a row; columns are called 1, 2, …
    """
    n_processes = jobs or os.cpu_count() or 1
    if output is not None:
        if not inputs or "-" in inputs:
            raise CommandError("--output needs files, folders, patterns or URLs to score; stdin is scored without it.")
        choice = Choice(format, column, keep, has_header=not no_header)
        return score_into(inputs, output, model, choice, scheduler, n_processes)
    if len(inputs) != 1 or scheduler or format or column or keep or no_header:
        raise CommandError("Without --output DIR there must be one file of text, or -, and nothing said of columns.")
    with _progress(inputs[0]) as advance:
        score_file(inputs[0], model, sys.stdout.buffer, n_processes, advance)
    return None


def score_file(
    file: str,
    model_folder: Path,
    output: BinaryIO,
    jobs: int = 1,
    advance: Callable[[BinaryIO, int], None] = lambda stream, n_lines: None,
) -> None:
    """Write `probability<TAB>label<TAB>flagged<TAB>text` as UTF-8 for each line of a file, or of stdin for `-`.

    probability is P(positive), label 긍정 or 부정, flagged 1 where P(negative) reaches the model's threshold. Only
    a line feed ends a line; a tab or carriage return within a text is written as a space, a byte that cannot be read
    as U+FFFD, so that a row always has four columns. `advance` hears of each batch that was written.

    Raises:
        VersionError: The model cannot be loaded.
        ScoreError: The file cannot be read.
        NotTextError: The file is no text in UTF-8, CP949 or UTF-16.
    """
    _classifier(model_folder)  # before anything is written: it may be damaged
    with _open(file) as stream:
        batches = _batches(read_lines(stream))
        first = next(batches, [])
        output.write(HEADER.encode())
        for rows in _in_order(chain([first], batches), model_folder, jobs if len(first) == _N_LINES_AT_ONCE else 1):
            output.write(rows)
            output.flush()
            advance(stream, rows.count(b"\n"))


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(lines, _N_LINES_AT_ONCE)):
        yield batch


def _in_order(batches: Iterable[list[str]], model_folder: Path, jobs: int) -> Iterator[bytes]:
    """Yield the rows of each batch, in order, computed by so many processes."""
    if jobs == 1:
        yield from (rows_of(model_folder, texts) for texts in batches)
        return
    # Spawned, not forked: a copy of ONNX Runtime's threads would be none.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as processes:
        waiting: deque[Future[bytes]] = deque()
        for texts in batches:
            waiting.append(processes.submit(rows_of, model_folder, texts))
            if len(waiting) >= jobs * _N_WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def rows_of(model_folder: Path, texts: list[str]) -> bytes:
    """Return the rows of some texts; each process loads the model once."""
    classifier = _classifier(model_folder)
    rows = zip(texts, classifier.classify(texts), strict=True)
    return "".join(
        f"{prediction.probability:.6f}\t{prediction.label}\t{int(prediction.is_flagged(classifier.threshold))}"
        f"\t{text.replace(chr(9), ' ').replace(chr(13), ' ')}\n"
        for text, prediction in rows
    ).encode()


_classifier = cache(Classifier.load)


def _open(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise ScoreError(f"{file} cannot be read: {error.strerror}. Give a text file, or - for stdin.") from error


@contextmanager
def _progress(file: str) -> Iterator[Callable[[BinaryIO, int], None]]:
    """Give what draws a bar on standard error, for people: of the bytes that were read, and the lines written."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda stream, n_lines: None
        return
    from rich.console import Console  # comes with cyclopts, and takes a moment to import
    from rich.progress import Progress

    size = Path(file).stat().st_size if Path(file).is_file() else None
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("score", total=size)

        def advance(stream: BinaryIO, n_lines: int) -> None:
            progress.update(task, completed=stream.tell() if size is not None else None)

        yield advance
