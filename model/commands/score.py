"""Score a file: one text a line in, one TSV row out for every line, in the same order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from model.classifier import Classifier
from model.decoding import read_lines
from model.errors import ScoreError
from model.versions.version import PRETRAINED

HEADER = "probability\tlabel\tflagged\ttext\n"
_N_LINES_AT_ONCE = 4096


def score(file: Annotated[str, Parameter(allow_leading_hyphen=True)], /, *, model: Path = PRETRAINED) -> None:
    """Score a file, one text a line, as TSV; needs no TensorFlow.

    Args:
        file: text in UTF-8, CP949 or UTF-16, one text a line; - is stdin
        model: folder of the version
    """
    score_file(file, model, sys.stdout.buffer)


def score_file(file: str, model_folder: Path, output: BinaryIO) -> None:
    """Write `probability<TAB>label<TAB>flagged<TAB>text` as UTF-8 for each line of a file, or of stdin for `-`.

    probability is P(positive), label 긍정 or 부정, flagged 1 where P(negative) reaches the model's threshold. Only
    a line feed ends a line; a tab or carriage return within a text is written as a space, a byte that cannot be read
    as U+FFFD, so that a row always has four columns.

    Raises:
        VersionError: The model cannot be loaded.
        ScoreError: The file cannot be read.
        NotTextError: The file is no text in UTF-8, CP949 or UTF-16.
    """
    classifier = Classifier.load(model_folder)
    with _open(file) as stream:
        lines = read_lines(stream)
        first = list(islice(lines, _N_LINES_AT_ONCE))  # before anything is written: it may be no text
        output.write(HEADER.encode())
        batches = chain([first], iter(lambda: list(islice(lines, _N_LINES_AT_ONCE)), []))
        for texts in takewhile(len, batches):
            output.write("".join(_rows(classifier, texts)).encode())
            output.flush()


def _open(file: str) -> AbstractContextManager[BinaryIO]:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise ScoreError(f"{file} cannot be read: {error.strerror}. Give a text file, or - for stdin.") from error


def _rows(classifier: Classifier, texts: list[str]) -> Iterator[str]:
    for text, prediction in zip(texts, classifier.classify(texts), strict=True):
        flagged = int(prediction.is_flagged(classifier.threshold))
        shown = text.replace("\t", " ").replace("\r", " ")
        yield f"{prediction.probability:.6f}\t{prediction.label}\t{flagged}\t{shown}\n"
