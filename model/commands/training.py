"""`python -m model train · import`: make a version. The bot runs both as a child process and reads its JSON lines.

TensorFlow takes seconds to import, so the process is limited first and the training modules come last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from model.cluster.crew import Crew, open_crew
from model.commands.files import corpora_folder, labelled_examples
from model.commands.gate_table import gate_table
from model.commands.process_limits import limit_memory, lower_priority, stop_with_stdin
from model.errors import CommandError
from model.events import Report
from model.gate import Gate
from model.training.recipes import FINE_TUNE, Recipe, find_recipe
from model.versions.foreign import read_foreign
from model.versions.version import PRETRAINED

_KERAS_SUFFIXES = (".h5", ".hdf5", ".keras", ".pkl", ".pickle")


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """How a training behaves beside other processes."""

    json: Annotated[bool, Parameter(help="print progress as JSON lines")] = False
    nice: Annotated[int | None, Parameter(help="let other processes go first, 1 to 19")] = None
    memory_limit: Annotated[int | None, Parameter(help="MB; fail rather than use more")] = None
    stop_with_stdin: Annotated[bool, Parameter(help="end when standard input does")] = False

    def apply(self) -> None:
        """Limit this process, before anything large is imported."""
        if self.nice:
            lower_priority(self.nice)
        if self.memory_limit:
            limit_memory(self.memory_limit)
        if self.stop_with_stdin:
            stop_with_stdin()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    def reporter(self) -> Report:
        """Return what shows the progress."""
        from model.commands.progress import ProgressBars, print_json

        return print_json if self.json else ProgressBars()


def train(
    *,
    recipe: str = "jigi",
    corpus: Literal["all", "naver-shopping", "nsmc"] = "all",
    corpora: Path | None = None,
    examples: Path | None = None,
    epochs: int | None = None,
    seed: int = 42,
    base: Path | None = None,
    current: Path | None = None,
    output: Path | None = None,
    checkpoints: Path | None = None,
    scheduler: str | None = None,
    process: ProcessOptions = ProcessOptions(),
    command: Annotated[str, Parameter(parse=False)] = "",
) -> None:
    """Train a model version.

    Args:
        recipe: book (the book's own), jigi (ours), refine, polish (teach a version on), fine-tune (teach examples)
        corpus: what to learn from; all is all that is there
        corpora: folder of the corpora (default: JIGI_CORPORA, or the user's cache, ~/.cache/jigi/corpora on Linux)
        examples: CSV or TSV to learn, too: text,label or rating,review
        epochs: instead of the recipe's
        seed: the same gives the same again
        base: folder of a version to train on (default: begin anew; fine-tune: the shipped one)
        current: folder of the version that this one would replace: it must pass the gate
        output: folder of the version (default: runs/RECIPE-SEED)
        checkpoints: folder of the checkpoints (default: OUTPUT.checkpoints)
        scheduler: address of a Dask scheduler, tcp://HOST:PORT, whose workers ask the n-gram teacher
        process: how it behaves beside other processes
        command: the command line, for the version's provenance
    """
    process.apply()
    output = output or Path("runs") / f"{recipe}-{seed}"
    if recipe == FINE_TUNE:
        finetuned = _finetune(base or PRETRAINED, examples, output, seed, command, process)
        return _finish(finetuned, output, process)
    numbers = find_recipe(recipe)
    numbers = replace(numbers, epochs=epochs or numbers.epochs)
    task = _Task(numbers, corpus, corpora, seed, output, command, base, current)
    checkpoints = checkpoints or output.with_name(output.name + ".checkpoints")
    with open_crew(scheduler) as crew:
        gate = task.train(checkpoints, examples, process, crew)
    _finish(gate, output, process)


def import_version(
    archive: Path,
    /,
    *,
    output: Path | None = None,
    corpus: Path | None = None,
    current: Path = PRETRAINED,
    process: ProcessOptions = ProcessOptions(),
    command: Annotated[str, Parameter(parse=False)] = "",
) -> None:
    """Take a version that Jigi exported elsewhere, or a model saved as in the book (.h5), and judge it.

    Args:
        archive: the ZIP file, or the HDF5 file that model.save("NAME.h5") has written
        output: folder of the version to write (default: runs/NAME-OF-FILE)
        corpus: of an HDF5 file, the shopping reviews that it has learned from: its characters are numbered by them
        current: folder of the version it would replace
        process: how it behaves beside other processes
        command: the command line, for the version's provenance
    """
    process.apply()
    output = output or Path("runs") / archive.stem
    if corpus is not None or archive.suffix.lower() in _KERAS_SUFFIXES:
        return _finish(_import_keras(archive, corpus, current, output, command, process), output, process)
    foreign = read_foreign(archive)  # before TensorFlow: what is no version is refused at once
    from model.training.import_version import import_version

    return _finish(import_version(foreign, current, output, process.reporter()), output, process)


def _import_keras(
    file: Path, corpus: Path | None, current: Path, output: Path, command: str, process: ProcessOptions
) -> Gate:
    from model.book.keras_file import read_keras_file

    model = read_keras_file(file)  # before TensorFlow: what is no such file is refused at once
    if corpus is None:
        raise CommandError(
            f"{file} does not say which characters it knows. Give the reviews that it has learned from: --corpus FILE, "
            "lines of rating<TAB>review."
        )
    from model.book.import_keras import import_keras

    return import_keras(model, corpus, current, output, command, process.reporter())


@dataclass(frozen=True, slots=True)
class _Task:
    """What to train anew."""

    recipe: Recipe
    reviews: str
    corpora: Path | None
    seed: int
    output: Path
    command: str
    base: Path | None
    current: Path | None

    def train(self, checkpoints: Path, examples: Path | None, process: ProcessOptions, crew: Crew) -> Gate | None:
        from model.corpora.splits import load_corpora
        from model.evaluation.report import metrics_table
        from model.training.train import Run, train

        folder, taught = corpora_folder(self.corpora), tuple(labelled_examples(examples))
        corpora = load_corpora(folder, self.reviews, as_the_book=self.recipe.splits_as_the_book)
        run = Run(
            self.recipe, corpora, self.seed, self.output, checkpoints, self.command, self.base, self.current, taught,
            crew,
        )  # fmt: skip
        manifest, gate = train(run, process.reporter())
        if not process.json:
            print(metrics_table(manifest.version, manifest.metrics))
        return gate


def _finetune(
    base: Path, examples: Path | None, output: Path, seed: int, command: str, process: ProcessOptions
) -> Gate:
    if examples is None:
        raise CommandError("The recipe fine-tune needs --examples FILE, a CSV or TSV of text,label or rating,review.")
    taught = labelled_examples(examples)
    from model.training.finetune import Finetuning, finetune

    return finetune(Finetuning(base, taught, output, seed, command), process.reporter())[1]


def _finish(gate: Gate | None, output: Path, process: ProcessOptions) -> None:
    if not process.json:
        print(f"\n{gate_table(gate)}" if gate else "", f"published at {output}", sep="\n")
