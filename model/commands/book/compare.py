"""`python -m model book compare`: the chapter's networks and the shipped one in one table."""

from __future__ import annotations

import json as json_format
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from model.commands.book.output import RUNS, save_picture
from model.commands.files import corpora_folder
from model.commands.training import ProcessOptions

if TYPE_CHECKING:
    from model.book.comparison import Compared
    from model.book.imdb import Imdb
    from model.corpora.splits import Corpora
    from model.events import Report
    from model.pictures.comparison import Panel

_Network = Literal[
    "imdb-dense", "imdb-simple-rnn", "imdb-lstm", "korean-dense", "korean-simple-rnn", "korean-lstm", "jigi"
]
_ALL: tuple[_Network, ...] = _Network.__args__  # type: ignore[attr-defined]
_COLUMNS = (
    "신경망", "파라미터", "에폭", "정확도", "부정 F1", "중립 글 오탐", "초/에폭", "밀리초/건",
)  # fmt: skip


def compare(
    *,
    networks: Annotated[tuple[_Network, ...], Parameter(consume_multiple=True)] = _ALL,
    imdb: Path | None = None,
    corpora: Path | None = None,
    epochs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    runs: Path = RUNS,
    picture: Path | None = None,
    process: ProcessOptions = ProcessOptions(),
) -> None:
    """Show networks side by side; those that are not in their folder yet are trained first.

    Korean ones learn shopping reviews. Neutral talk is counted where half of the negative reviews are found.

    Args:
        networks: which
        imdb: TSV of reviews, as `book imdb` reads it; needed for IMDB networks that are not trained yet
        corpora: folder of the corpora (default: JIGI_CORPORA, or the user's cache, ~/.cache/jigi/corpora on Linux)
        epochs: instead of the chapter's, for those that are trained now
        runs: folder of the networks' folders
        picture: PNG file to draw the figures to (default: comparison.png in that folder)
        process: how it behaves beside other processes
    """
    process.apply()
    task = _Task(imdb, corpora_folder(corpora), epochs, runs, process.reporter())
    rows = [task.row(name) for name in networks]
    if process.json:
        print(json_format.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return
    _print_table(rows)
    from model.pictures.comparison import draw_comparison

    drawn = draw_comparison([row.name for row in rows], _panels(rows), rows[-1].name)
    save_picture(drawn, picture or runs / "comparison.png")


class _Task:
    """What is compared; reviews are read when they are first needed, and once."""

    def __init__(self, imdb: Path | None, corpora: Path, epochs: int | None, runs: Path, report: Report) -> None:
        self._imdb_file, self._folder = imdb, corpora
        self._epochs, self._runs, self._report = epochs, runs, report
        self._imdb: Callable[[], Imdb] = cache(self._read_imdb)
        self._corpora: Callable[[], Corpora] = cache(self._read_corpora)

    def row(self, name: str) -> Compared:
        from model.book.comparison import compare_imdb, compare_korean, compare_shipped

        corpus, _, kind = name.partition("-")
        if corpus == "imdb":
            return compare_imdb(kind, self._imdb, self._runs, self._epochs, self._report)
        if corpus == "korean":
            return compare_korean(kind, self._corpora(), self._runs, self._epochs, self._report)
        return compare_shipped(self._corpora())

    def _read_imdb(self) -> Imdb:
        from model.book.imdb import load_imdb

        return load_imdb(self._imdb_file)

    def _read_corpora(self) -> Corpora:
        from model.corpora.splits import load_corpora

        return load_corpora(self._folder, "naver-shopping")


def _print_table(rows: Sequence[Compared]) -> None:
    from rich import box  # comes with cyclopts; knows how wide Hangul is
    from rich.console import Console
    from rich.table import Table

    table = Table(*_COLUMNS, box=box.SIMPLE_HEAD)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(
            row.name,
            f"{row.n_parameters:,}",
            _or_dash(row.epochs, "{}"),
            f"{row.accuracy:.2%}",
            f"{row.negative_f1:.2%}",
            _or_dash(row.neutral_flagged, "{:.2%}"),
            _or_dash(row.seconds_per_epoch, "{:.1f}"),
            f"{row.milliseconds:.2f}",
        )
    Console(width=100).print(table)


def _panels(rows: Sequence[Compared]) -> list[Panel]:
    from model.pictures.comparison import Panel

    return [
        Panel("정확도", [row.accuracy for row in rows], [f"{row.accuracy:.1%}" for row in rows], begin=0.5),
        Panel(
            "중립 글 오탐 (부정 리뷰의 절반을 찾을 때)",
            [row.neutral_flagged for row in rows],
            [_or_dash(row.neutral_flagged, "{:.1%}") for row in rows],
        ),
        Panel(
            "글 하나에 걸리는 시간 (밀리초, 로그 축)",
            [row.milliseconds for row in rows],
            [f"{row.milliseconds:.2f}" for row in rows],
            is_logarithmic=True,
        ),
    ]


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
