"""Score files in parts, by whoever is there to do it, and go on where a run was broken off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from model.cluster.crew import Crew
from model.cluster.equipment import ModelFiles, held
from model.errors import ScoreError
from model.scoring.choice import Choice, Format
from model.scoring.output import Folder, Plan
from model.scoring.parts import PART_ROWS, PART_SIZE, Part, parts_of, rows_of
from model.scoring.sources import Source

_N_AT_ONCE = 1_024  # rows classified together, on one core
_N_WRITTEN = 16  # times as many written together


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of a part."""

    n_rows: int
    n_flagged: int
    share: int  # of its file's bytes


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with all parts."""

    digest: str  # of the model, which every worker holds
    folder: Folder
    schema: pa.Schema


def score_files(
    sources: Sequence[Source], choice: Choice, model: ModelFiles, folder: Folder, crew: Crew,
    advance: Callable[[Scored], None], part_size: int = PART_SIZE, part_rows: int = PART_ROWS,
) -> None:  # fmt: skip
    """Score every row of some files into Parquet files: what was kept, then probability, label, flagged and text.

    The probability is P(positive), float32, and the same to the last digit whoever computes it. A row without a text
    has none, nor a label. Files follow each other as they were given, rows as they stand. `advance` hears of each part,
    of those that are there already too.

    Raises:
        ScoreError: A file cannot be read, or the folder not written.
        ClusterError: The crew is gone.
    """
    plan = Plan(
        model.version, model.digest, part_size, part_rows, [(each.url, each.size) for each in sources],
        choice.column, list(choice.keep),
    )  # fmt: skip
    folder.begin(plan)
    crew.equip(model)
    done = folder.finished()
    job = Job(model.digest, folder, _schema(sources, choice))

    def left() -> Iterator[Part]:
        for part in parts_of(sources, part_size, part_rows):
            if part.number not in done:
                yield part
            else:
                advance(Scored(*done[part.number], part.share))

    for scored in crew.map(partial(score_part, job), left()):
        advance(scored)
    folder.end()


def score_part(job: Job, part: Part) -> Scored:
    """Score one part, where the model is held; to do it again gives the same file."""
    names = job.schema.names[: len(job.schema.names) - len(_SCORED)]
    try:
        n_rows, n_flagged = job.folder.write(part.number, _batches(job.digest, part, names), job.schema)
    except (ValueError, EOFError) as error:  # what Parquet and what packs files say of damaged ones
        raise ScoreError(f"{part.source.url} is damaged: {' '.join(str(error).split())}") from error
    return Scored(n_rows, n_flagged, part.share)


_SCORED = (
    pa.field("probability", pa.float32()), pa.field("label", pa.string()), pa.field("flagged", pa.bool_()),
    pa.field("text", pa.string()),
)  # fmt: skip


def _batches(digest: str, part: Part, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    rows = rows_of(part)
    while several := list(islice(rows, _N_AT_ONCE * _N_WRITTEN)):
        texts, *kept = zip(*several, strict=True)
        yield dict(zip(names, kept, strict=True)) | _scored(digest, texts)


def _scored(digest: str, texts: Sequence[str | None]) -> dict[str, Any]:
    classifier = held(digest)
    there = [text for text in texts if text is not None]
    predictions = [
        prediction
        for start in range(0, len(there), _N_AT_ONCE)
        for prediction in classifier.classify(there[start : start + _N_AT_ONCE])
    ]
    following = iter(predictions)
    of_rows = [None if text is None else next(following) for text in texts]
    return {
        "probability": [each and each.probability for each in of_rows],
        "label": [each and str(each.label) for each in of_rows],
        "flagged": [each and each.is_flagged(classifier.threshold) for each in of_rows],
        "text": list(texts),
    }


def _schema(sources: Sequence[Source], choice: Choice) -> pa.Schema:
    """Return the columns that are written: of what is kept the types of the first Parquet file, else text."""
    clash = [name for name in choice.keep if name in {field.name for field in _SCORED}]
    if clash:
        raise ScoreError(f"A column called {clash[0]} is written anyway and cannot be kept. Rename it in the files.")
    parquet = next((each for each in sources if each.format is Format.PARQUET), None)
    kept = [pa.field(name, pa.string()) for name in choice.keep]
    if parquet is not None:
        if any(each.format is not Format.PARQUET for each in sources) and choice.keep:
            raise ScoreError("Columns can be kept of Parquet or of other files, not of both at once. Score them apart.")
        with fsspec.open(parquet.url, "rb") as stream:
            types = pq.ParquetFile(stream).schema_arrow
        kept = [
            pa.field(name, types.field(column).type)
            for name, column in zip(choice.keep, parquet.names[1:], strict=True)
        ]
    return pa.schema([*kept, *_SCORED])
