"""`python -m model train · compare`: train a version, and judge one version against another.

The bot runs `train` as a child process and reads its JSON lines. Training modules are imported only when it runs.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

from model.classifier import Classifier
from model.commands.process_limits import limit_memory, lower_priority, stop_with_stdin
from model.corpora.names import CORPUS_PARTS
from model.errors import CommandError
from model.evaluation.judge import judge
from model.events import Report
from model.example_files import Limits, read_examples
from model.examples import Example
from model.gate import Check, CheckName, Gate, Side
from model.training.recipes import FINE_TUNE
from model.versions.version import PRETRAINED

_N_CHANGED_SHOWN = 10
_LIMITS = Limits(n_bytes=200_000_000, n_rows=100_000)  # of a file on one's own disk
_TITLES = {
    CheckName.GOLDEN_ACCURACY: "golden set, accuracy",
    CheckName.NEUTRAL_FLAGGED: "golden set, neutral flagged",
    CheckName.HELD_BACK: "examples held back, right",
    CheckName.PARITY: "largest difference to Keras",
}


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], corpora: Path) -> None:
    """Add `train` and `compare` to the sub-commands of `python -m model`; `corpora` is the corpora's default folder."""
    _add_train(commands.add_parser("train", help="train a model version"), corpora)

    importer = commands.add_parser("import", help="take a version that Jigi exported elsewhere, and judge it")
    importer.add_argument("archive", type=Path, help="the ZIP file")
    importer.add_argument("--current", type=Path, default=PRETRAINED, help="folder of the version it would replace")
    importer.add_argument("--output", type=Path, required=True, help="folder of the version to write")
    _add_restraints(importer)
    importer.set_defaults(run=_import)

    compare = commands.add_parser("compare", help="judge a version against the one it would replace; no TensorFlow")
    compare.add_argument("current", type=Path, help="folder of the version that serves")
    compare.add_argument("candidate", type=Path, help="folder of the version that would replace it")
    compare.add_argument("--examples", type=Path, help="CSV or TSV that neither was trained on")
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")
    compare.set_defaults(run=_compare)


def _add_train(train: argparse.ArgumentParser, corpora: Path) -> None:
    add = train.add_argument
    add("--recipe", default="jigi", help="book (the book's own), jigi (ours; default) or fine-tune (teach examples)")
    add("--corpus", choices=[*CORPUS_PARTS], default="all", help="what to learn from (default: all that is there)")
    add("--corpora", type=Path, default=corpora, help=f"folder of the corpora (default: {corpora})")
    add("--examples", type=Path, help="CSV or TSV to learn, too: text,label or rating,review")
    add("--epochs", type=int, help="instead of the recipe's")
    add("--seed", type=int, default=42)
    add("--base", type=Path, help="folder of a version to train on (default: begin anew; fine-tune: the shipped one)")
    add("--current", type=Path, help="folder of the version that this one would replace: it must pass the gate")
    add("--output", type=Path, help="folder of the version (default: runs/RECIPE-SEED)")
    add("--checkpoints", type=Path, help="folder of the checkpoints (default: OUTPUT.checkpoints)")
    _add_restraints(train)
    train.set_defaults(run=_train)


def _add_restraints(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print progress as JSON lines")
    command.add_argument("--nice", type=int, metavar="N", help="let other processes go first, 1 to 19")
    command.add_argument("--memory-limit", type=int, metavar="MB", help="fail rather than use more")
    command.add_argument("--stop-with-stdin", action="store_true", help="end when standard input does")


def gate_table(gate: Gate) -> str:
    """Return the tests of a gate and the golden sentences that changed most, for a terminal."""
    return "\n".join(_lines(gate))


def _train(options: argparse.Namespace) -> None:
    _restrain(options)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    output = options.output or Path("runs") / f"{options.recipe}-{options.seed}"
    options.output = output
    gate = _finetune(options) if options.recipe == FINE_TUNE else _train_anew(options)
    if not options.json:
        print(f"\n{gate_table(gate)}" if gate else "", f"published at {output}", sep="\n")


def _restrain(options: argparse.Namespace) -> None:
    if options.nice:
        lower_priority(options.nice)
    if options.memory_limit:
        limit_memory(options.memory_limit)
    if options.stop_with_stdin:
        stop_with_stdin()


def _finetune(options: argparse.Namespace) -> Gate:
    if options.examples is None:
        raise CommandError("The recipe fine-tune needs --examples FILE, a CSV or TSV of text,label or rating,review.")
    examples = _read(options.examples)

    from model.training.finetune import Finetuning, finetune

    base = options.base or PRETRAINED
    return finetune(Finetuning(base, examples, options.output, options.seed, options.command), _reporter(options))[1]


def _train_anew(options: argparse.Namespace) -> Gate | None:
    from dataclasses import replace

    from model.corpora.splits import load_corpora
    from model.evaluation.report import metrics_table
    from model.training.recipes import find_recipe
    from model.training.train import Run, train

    recipe = find_recipe(options.recipe)
    if options.epochs:
        recipe = replace(recipe, epochs=options.epochs)
    run = Run(
        recipe=recipe,
        corpora=load_corpora(options.corpora, options.corpus, as_the_book=recipe.splits_as_the_book),
        seed=options.seed,
        output=options.output,
        checkpoints=options.checkpoints or options.output.with_name(options.output.name + ".checkpoints"),
        command=options.command,
        base=options.base,
        current=options.current,
        examples=tuple(_read(options.examples)) if options.examples else (),
    )
    manifest, gate = train(run, _reporter(options))
    if not options.json:
        print(metrics_table(manifest.version, manifest.metrics))
    return gate


def _reporter(options: argparse.Namespace) -> Report:
    from model.commands.progress import ProgressBars, print_json

    return print_json if options.json else ProgressBars()


def _import(options: argparse.Namespace) -> None:
    _restrain(options)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from model.training.import_version import import_version

    gate = import_version(options.archive, options.current, options.output, _reporter(options))
    if not options.json:
        print(gate_table(gate), f"published at {options.output}", sep="\n")


def _compare(options: argparse.Namespace) -> None:
    from model.versions.version import read_manifest

    current, candidate = (Classifier.load(folder) for folder in (options.current, options.candidate))
    difference = read_manifest(options.candidate).metrics.get("largest_difference_to_keras")
    gate = judge(candidate, current, _read(options.examples) if options.examples else [], difference)
    print(json.dumps(gate.as_json(), ensure_ascii=False) if options.json else gate_table(gate))


def _read(path: Path) -> list[Example]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. Give a CSV or TSV file of examples.") from error
    return read_examples(content, _LIMITS)


def _lines(gate: Gate) -> Iterator[str]:
    yield f"{'':<32}{'now':>10}{'before':>10}{'limit':>10}"
    for check in gate.checks:
        figures = "".join(f"{_figure(check, value):>10}" for value in (check.now, check.before, check.limit))
        yield f"{_TITLES[check.name]:<32}{figures}  {'passed' if check.is_passed else 'FAILED'}"
    yield f"\n{len(gate.changed)} golden sentences get another verdict (P(negative), flagged: !)"
    for changed in gate.changed[:_N_CHANGED_SHOWN]:
        yield f"  {_side(changed.before)} → {_side(changed.after)}  {changed.expected:<8}  {changed.text}"


def _figure(check: Check, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1e}" if check.name == CheckName.PARITY else f"{value:.2%}"


def _side(side: Side) -> str:
    return f"{side.negative_probability:.3f}{'!' if side.is_flagged else ' '}"
