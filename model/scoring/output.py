"""What comes out: a folder, by path or URL, with one Parquet file for each part, and what they were made of.

A file stands there whole or not at all, so that a run that was broken off can go on: what is there is done.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import fsspec
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from model.errors import ScoreError

_PLAN = "_plan.json"  # readers of Parquet pass over what begins with an underscore
_ASIDE = ".half-"  # before the name of a file that is being written


class Plan(msgspec.Struct, frozen=True):
    """What a folder is made of: only the same goes on in it."""

    version: str
    model_digest: str
    part_size: int
    part_rows: int
    sources: list[tuple[str, int]]  # URL and bytes
    column: str | None
    keep: list[str]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that is written to."""

    url: str

    def begin(self, plan: Plan) -> None:
        """Begin with a plan, or go on with it.

        Raises:
            ScoreError: The folder holds something else, or cannot be written.
        """
        with self._told():
            filesystem, path = fsspec.url_to_fs(self.url)
            filesystem.makedirs(path, exist_ok=True)
            names = [each.rsplit("/", 1)[-1] for each in filesystem.ls(path, detail=False)]
            if _PLAN not in names and names:
                raise ScoreError(f"{self.url} must be empty, or hold what this command has begun. Give another folder.")
            if _PLAN not in names:
                filesystem.pipe_file(f"{path}/{_PLAN}", msgspec.json.format(msgspec.json.encode(plan)))
            elif not _is_same(filesystem.cat_file(f"{path}/{_PLAN}"), plan):
                raise ScoreError(
                    f"{self.url} was begun with other files, another model or other columns. Give another folder, or "
                    "the same as then."
                )

    def finished(self) -> dict[int, tuple[int, int]]:
        """Return the parts that are there: by number, how many rows each has and how many are flagged."""
        with self._told():
            filesystem, path = fsspec.url_to_fs(self.url)
            found = {}
            for each in filesystem.glob(f"{path}/part-*.parquet"):
                with filesystem.open(each, "rb") as stream:
                    facts = pq.read_metadata(stream)
                n_flagged = int((facts.metadata or {}).get(b"flagged", b"0"))
                found[int(each[-len("000000.parquet") :].removesuffix(".parquet"))] = (facts.num_rows, n_flagged)
            return found

    def write(self, number: int, batches: Iterable[dict[str, Any]], schema: pa.Schema) -> tuple[int, int]:
        """Write a part, and return how many rows it has and how many are flagged. Memory does not grow with it."""
        with self._told():
            filesystem, path = fsspec.url_to_fs(self.url)
            aside, whole = f"{path}/{_ASIDE}{uuid.uuid4().hex}", f"{path}/part-{number:06}.parquet"
            n_rows = n_flagged = 0
            with filesystem.open(aside, "wb") as stream, pq.ParquetWriter(stream, schema) as writer:
                for columns in batches:
                    writer.write_table(pa.table(columns, schema=schema))
                    n_rows += len(columns["text"])
                    n_flagged += columns["flagged"].count(True)
                writer.add_key_value_metadata({"flagged": str(n_flagged)})
            filesystem.mv(aside, whole)
            return n_rows, n_flagged

    def end(self) -> None:
        """Sweep up what killed workers have left half written."""
        with self._told():
            filesystem, path = fsspec.url_to_fs(self.url)
            for each in filesystem.ls(path, detail=False):
                if each.rsplit("/", 1)[-1].startswith(_ASIDE):
                    filesystem.rm_file(each)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ImportError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise ScoreError(f"{self.url} cannot be written: {reason}. Give a folder, or a URL of one.") from error


def _is_same(written: bytes, plan: Plan) -> bool:
    try:
        return msgspec.json.decode(written, type=Plan) == plan
    except msgspec.DecodeError:
        return False
