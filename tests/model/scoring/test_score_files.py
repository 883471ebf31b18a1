"""Files into a folder: alike whoever does it, and nothing done twice."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client

from model.__main__ import main
from model.cluster.crew import Alone, Crew, open_crew
from model.cluster.equipment import ModelFiles
from model.errors import ClusterError, ScoreError
from model.scoring.choice import Choice
from model.scoring.output import Folder
from model.scoring.run import Scored, score_files
from model.scoring.sources import find
from tests.support.dask_cluster import cluster

N_ROWS = 4_000


# Dask leaves sockets to the garbage collector, by which it has looked for a free port.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Two files of reviews, some without a text."""
    texts = [f"{i}번 {'늦어요' if i % 3 else '좋아요'}" for i in range(N_ROWS)]
    rows = "".join(f'{i},"{text}\n한 줄 더"\n' for i, text in enumerate(texts))
    (tmp_path / "a.csv").write_text(f"id,review\n{rows}4000\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text("id\tdocument\n1\t늦어요\n", encoding="utf-8")
    return tmp_path


def score(reviews: Path, model: Path, output: Path, crew: Crew, part_size: int = 20_000) -> list[Scored]:
    heard: list[Scored] = []
    choice = Choice(keep=("id",))
    sources = find([str(reviews / "a.csv"), str(reviews / "b.tsv")], choice)
    score_files(sources, choice, ModelFiles.read(model), Folder(str(output)), crew, heard.append, part_size)
    return heard


def contents(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_a_row_comes_out_for_every_row_in_order(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    heard = score(reviews, tiny_model, tmp_path / "out", Alone())
    rows = contents(tmp_path / "out")
    assert [row["id"] for row in rows] == [*map(str, range(N_ROWS + 1)), "1"]
    assert rows[0] | {"probability": None} == {
        "id": "0", "text": "0번 좋아요\n한 줄 더", "label": "긍정", "flagged": False, "probability": None,
    }  # fmt: skip
    assert rows[-2] == {"id": "4000", "probability": None, "label": None, "flagged": None, "text": None}
    assert rows[-1]["flagged"]
    assert sum(each.n_rows for each in heard) == len(rows)
    assert len(heard) > 3
    assert sum(each.n_flagged for each in heard) == sum(bool(row["flagged"]) for row in rows) == N_ROWS * 2 // 3 + 1


def test_processes_write_the_same_files_to_the_last_digit(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    score(reviews, tiny_model, tmp_path / "one", Alone())
    with open_crew(n_processes=2) as crew:
        score(reviews, tiny_model, tmp_path / "two", crew)
    files = sorted((tmp_path / "one").glob("part-*"))
    assert files
    assert [each.read_bytes() for each in files] == [(tmp_path / "two" / each.name).read_bytes() for each in files]


def test_a_killed_worker_costs_its_part_only(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    score(reviews, tiny_model, tmp_path / "one", Alone(), 5_000)
    killed: list[int] = []
    with cluster(tmp_path, 2) as address, open_crew(address) as crew:

        def kill_one(scored: Scored) -> None:
            if not killed:
                with Client(address, set_as_default=False) as client:
                    killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        choice = Choice(keep=("id",))
        sources = find([str(reviews / "a.csv"), str(reviews / "b.tsv")], choice)
        folder = Folder(str(tmp_path / "two"))
        score_files(sources, choice, ModelFiles.read(tiny_model), folder, crew, kill_one, 5_000)
    assert killed
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert {each.suffix for each in (tmp_path / "two").iterdir()} == {".json", ".parquet"}  # nothing half written


def test_a_run_that_was_broken_off_goes_on(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    score(reviews, tiny_model, tmp_path / "whole", Alone())

    class Tired(Alone):
        def map(self, function: Any, items: Any) -> Iterator[Any]:
            for number, result in enumerate(super().map(function, items)):
                if number == 3:
                    raise ClusterError("the cluster is gone")
                yield result

    with pytest.raises(ClusterError):
        score(reviews, tiny_model, tmp_path / "out", Tired())
    there = {each.name: each.stat().st_mtime_ns for each in (tmp_path / "out").glob("part-*")}
    heard = score(reviews, tiny_model, tmp_path / "out", Alone())
    assert there.items() <= {each.name: each.stat().st_mtime_ns for each in (tmp_path / "out").glob("part-*")}.items()
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert sum(each.n_rows for each in heard) == N_ROWS + 2  # those of before are counted


def test_a_folder_of_something_else_is_left_alone(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ScoreError, match="must be empty"):
        score(reviews, tiny_model, tmp_path / "out", Alone())
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_a_folder_begun_otherwise_is_left_alone(reviews: Path, tiny_model: Path, tmp_path: Path) -> None:
    score(reviews, tiny_model, tmp_path / "out", Alone())
    with pytest.raises(ScoreError, match="other files, another model or other columns"):
        score(reviews, tiny_model, tmp_path / "out", Alone(), 30_000)


def test_a_column_that_is_written_anyway_cannot_be_kept(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("label,text\n1,좋아요\n", encoding="utf-8")
    choice = Choice(keep=("label",))
    sources = find([str(tmp_path / "a.csv")], choice)
    with pytest.raises(ScoreError, match="called label is written anyway"):
        score_files(sources, choice, ModelFiles.read(tiny_model), Folder(str(tmp_path / "o")), Alone(), lambda _: None)


def test_files_anywhere_into_a_folder_anywhere(tiny_model: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/in/a.txt", "늦어요\n좋아요\n".encode())
    sources = find(["memory://in/a.txt"], Choice())
    score_files(sources, Choice(), ModelFiles.read(tiny_model), Folder("memory://out"), Alone(), lambda scored: None)
    with memory.open("/out/part-000000.parquet") as stream:
        assert pq.read_table(stream).column("label").to_pylist() == ["부정", "긍정"]


def test_kept_columns_of_parquet_keep_their_types(tiny_model: Path, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"stars": pa.array([1, 5], pa.int8()), "text": ["늦어요", "좋아요"]}), tmp_path / "a.parquet"
    )
    arguments = ["score", str(tmp_path / "a.parquet"), "--output", str(tmp_path / "out"), "--model", str(tiny_model)]
    assert main([*arguments, "--keep", "stars", "--jobs", "1"]) == 0
    table = pq.read_table(tmp_path / "out" / "part-000000.parquet")
    assert table.schema.field("stars").type == pa.int8()
    assert table.column("flagged").to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "-", "--output", "out"], "stdin is scored without it"),
        (["score", "--output", "out"], "--output needs files"),
        (["score", "a", "b"], "Without --output DIR there must be one file"),
        (["score", "a.txt", "--column", "text"], "Without --output DIR there must be one file"),
        (["score", __file__, "--format", "text", "--output", "out", "--scheduler", "tcp://127.0.0.1:1"], "not answer"),
        (["score", __file__, "--format", "text", "--output", "out", "--scheduler", "nonsense"], "does not answer"),
    ],
)
def test_what_does_not_go_together_is_said(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("model.cluster.dask_crew._PATIENCE", 1)
    assert main(arguments) == 1
    printed = capsys.readouterr().err
    assert told in printed
    assert printed.count("\n") == 1
