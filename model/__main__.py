"""`python -m model train · compare · evaluate · score · download · vectors · similar`: the model's own command line.

Each command imports what it needs when it runs: `score` must start quickly and knows no training module.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from model.commands import training as training_commands
from model.commands import vectors as vectors_commands
from model.errors import JigiModelError
from model.versions.version import PRETRAINED

CORPORA = Path(os.environ.get("JIGI_CORPORA") or Path.home() / ".cache" / "jigi" / "corpora")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code. A user's mistake is one line on stderr and exit code 1."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.command = shlex.join(["python", "-m", "model", *arguments])
    try:
        options.run(options)
    except JigiModelError as error:
        return _fail(error)
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed. Training needs: pip install 'jigi[train]'")
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(error: object) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model", description="Jigi's classifier")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    training_commands.add_commands(commands, CORPORA)

    evaluate = commands.add_parser("evaluate", help="judge a version on the held-out rows of the corpora")
    evaluate.add_argument("--corpora", type=Path, default=CORPORA, help=f"folder of the corpora (default: {CORPORA})")
    evaluate.add_argument("--model", type=Path, default=PRETRAINED, help="folder of the version (default: the shipped)")
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluate.set_defaults(run=_evaluate)

    score = commands.add_parser("score", help="score a file, one text a line, as TSV; needs no TensorFlow")
    score.add_argument("file", help="UTF-8 text, one text a line; - is stdin")
    score.add_argument("--model", type=Path, default=PRETRAINED, help="folder of the version (default: the shipped)")
    score.set_defaults(run=_score)

    download = commands.add_parser("download", help="fetch a public corpus")
    download.add_argument("name", choices=["naver-shopping", "nsmc"])
    download.add_argument("--corpora", type=Path, default=CORPORA, help=f"folder to write to (default: {CORPORA})")
    download.set_defaults(run=_download)

    vectors_commands.add_commands(commands, CORPORA)
    return parser


def _evaluate(options: argparse.Namespace) -> None:
    from model.classifier import Classifier
    from model.corpora.splits import load_corpora
    from model.evaluation.evaluate import evaluate
    from model.evaluation.report import metrics_table
    from model.training.recipes import find_recipe
    from model.versions.version import read_manifest

    classifier = Classifier.load(options.model)
    recipe = find_recipe(read_manifest(options.model).recipe.get("name", "jigi"))
    metrics = evaluate(
        classifier, load_corpora(options.corpora, as_the_book=recipe.splits_as_the_book), classifier.threshold
    )
    print(json.dumps(metrics, indent=2) if options.json else metrics_table(classifier.version, metrics))


def _score(options: argparse.Namespace) -> None:
    from model.commands.score import score_file

    score_file(options.file, options.model, sys.stdout.buffer)


def _download(options: argparse.Namespace) -> None:
    from model.corpora.download import download

    print(download(options.name, options.corpora))


if __name__ == "__main__":
    sys.exit(main())
