"""`python -m model …`: the model's own command line, a table of commands.

A command's module is imported when it runs: `score` must start quickly and knows no training module.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

from model.errors import JigiModelError
from model.output import write_anything

COMMANDS = {
    "train": ("model.commands.training:train", "Train a model version."),
    "import": (
        "model.commands.training:import_version",
        "Take a version, or a model of the book, from elsewhere; judge it.",
    ),
    "compare": ("model.commands.evaluation:compare", "Judge a version against the one it would replace."),
    "evaluate": ("model.commands.evaluation:evaluate", "Judge a version on the held-out rows of the corpora."),
    "score": ("model.commands.score:score", "Score a file, one text a line, as TSV."),
    "download": ("model.commands.download:download", "Fetch a public corpus."),
    "similar": ("model.commands.vectors:similar", "Show the words nearest to a word."),
}
VECTORS_COMMANDS = {
    "train": ("model.commands.vectors:train", "Learn word vectors from reviews."),
    "load": ("model.commands.vectors:load", "Take word2vec, fastText or gensim vectors made elsewhere."),
    "catalog": ("model.commands.vectors:catalog", "List the vectors that gensim can download."),
    "analogy": ("model.commands.word_questions:analogy", "Show what is near some words and far from others."),
    "similarity": ("model.commands.word_questions:similarity", "Show how near two words are."),
    "oddone": ("model.commands.word_questions:oddone", "Show which word does not belong to the others."),
    "questions": ("model.commands.word_questions:questions", "Ask the chapter's questions."),
    "evaluate": ("model.commands.vectors:evaluate", "Judge vectors by the word pairs written for Jigi."),
}
BOOK_COMMANDS = {
    "words": ("model.commands.book.words:words", "Show how words become numbers and vectors."),
    "cells": ("model.commands.book.cells:cells", "Compute recurrent cells by hand, and look at their gates."),
    "gradients": ("model.commands.book.cells:gradients", "Measure how far back networks remember."),
    "naver": ("model.commands.book.naver:naver", "Train the chapter's classifier of shopping reviews, step by step."),
    "imdb": ("model.commands.book.imdb:imdb", "Train one of the chapter's networks on IMDB reviews."),
    "compare": ("model.commands.book.compare:compare", "Show the networks side by side."),
}

_USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code. A user's mistake is one line on stderr and exit code 1 or 2."""
    write_anything()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments:
        return _fail("Name a command. See python -m model --help", _USAGE_ERROR)
    try:
        _run(arguments)
    except (JigiModelError, ModuleNotFoundError, MemoryError, RecursionError, OSError) as error:
        if "--json" in arguments:
            _report(error)
        return _failed(error)
    except CycloptsError as error:
        return _fail(f"{' '.join(str(error).split())} See python -m model --help", _USAGE_ERROR)
    return 0


def _failed(error: Exception) -> int:
    """Say what went wrong; return the exit code."""
    match error:
        case BrokenPipeError():  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case ModuleNotFoundError():
            return _fail(f"{error.name} is not installed. Training needs: pip install 'jigi[train]'")
        case MemoryError():
            return _fail("There is not enough memory for this. Close other programs, or give more with --memory-limit.")
        case RecursionError():
            return _fail("What was given is nested too deeply to be read.")
        case _:
            return _fail(error)


def _report(error: Exception) -> None:
    """Tell the program that reads our progress which kind of error it was."""
    from model.commands.progress import print_json  # brings what shows bars along
    from model.events import FailedEvent

    with contextlib.suppress(OSError):  # the reader may be what is broken
        print_json(FailedEvent(error=type(error).__name__))


def _run(arguments: Sequence[str]) -> None:
    command, bound, unparsed = app().parse_args(arguments, exit_on_error=False, print_error=False)
    line = {name: shlex.join(["python", "-m", "model", *arguments]) for name in unparsed if name == "command"}
    command(*bound.args, **bound.kwargs, **line)


def app() -> App:
    """Return the table of commands."""
    no_negative = Parameter(negative=())  # no --no-json beside --json
    summary = "Jigi's classifier and its word vectors."
    root = App(name="python -m model", help=summary, default_parameter=no_negative, version_flags=())
    vectors = App(name="vectors", help="Train, load and judge word vectors.", version_flags=())
    book = App(name="book", help="Run the systems of the chapter that the classifier comes from.", version_flags=())
    for table, commands in ((root, COMMANDS), (vectors, VECTORS_COMMANDS), (book, BOOK_COMMANDS)):
        for name, (target, summary) in commands.items():
            table.command(target, name=name, help=summary)
    root.command(vectors)
    root.command(book)
    return root


def _fail(error: object, exit_code: int = 1) -> int:
    print(f"error: {error}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
