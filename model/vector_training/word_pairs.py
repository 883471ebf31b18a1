"""Judge word vectors by the pairs written for Jigi: is the partner among a word's ten nearest?

The pairs are never trained on. What a recipe was chosen by are the even rows; the odd rows are held out, and both are
reported apart. Antonyms are counted apart too: their partner is *not* wanted near, yet words of one context are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from model.data.paths import WORD_PAIRS
from model.errors import VectorsError

ANTONYM = "antonym"
TOPN = 10


class AnswersNeighbours(Protocol):
    """What gensim's `KeyedVectors` and `model.vectors.keyed_vectors.Vectors` have in common."""

    def __contains__(self, word: object) -> bool: ...

    def most_similar(self, positive: str, *, topn: int) -> list[tuple[str, float]]:
        """Return the nearest words and their cosines, the nearest first."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words that belong together, and how: synonym, domain or antonym."""

    word: str
    partner: str
    kind: str


def read_pairs(path: Path = WORD_PAIRS) -> list[Pair]:
    """Read `word<TAB>partner<TAB>kind` lines with a header.

    Raises:
        VectorsError: The file cannot be read or a column is missing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [Pair(row["word"], row["partner"], row["kind"]) for row in csv.DictReader(file, delimiter="\t")]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise VectorsError(f"{path} must have the columns word, partner and kind: {error}") from error


def count_found_pairs(vectors: AnswersNeighbours, pairs: Sequence[Pair] | None = None) -> dict[str, dict[str, int]]:
    """Count the pairs whose partner is among the word's ten nearest: all, tuning and held-out rows, and each kind.

    `n_known` counts the pairs of which both words have a vector; a pair with an unknown word counts as not found.
    """
    pairs = read_pairs() if pairs is None else pairs
    related = [pair for pair in pairs if pair.kind != ANTONYM]
    found = {pair: _is_found(vectors, pair) for pair in pairs}
    parts = {"all": related, "even_rows": _every_second(pairs, 0), "odd_rows": _every_second(pairs, 1)}
    parts |= {kind: [pair for pair in pairs if pair.kind == kind] for kind in sorted({pair.kind for pair in pairs})}
    return {name: _counted(vectors, part, found) for name, part in parts.items()}


def pairs_table(judged: dict[str, dict[str, dict[str, int]]]) -> str:
    """Return one line for each judged candidate."""
    width = max(map(len, judged))
    lines = [f"{'partner in the ten nearest':<{width}}  {'  '.join(next(iter(judged.values())))}"]
    for name, parts in judged.items():
        figures = "  ".join(f"{part['n_found']}/{part['n_pairs']}".rjust(len(title)) for title, part in parts.items())
        lines.append(f"{name:<{max(width, len('partner in the ten nearest'))}}  {figures}")
    return "\n".join(lines)


def _every_second(pairs: Sequence[Pair], start: int) -> list[Pair]:
    return [pair for pair in pairs[start::2] if pair.kind != ANTONYM]


def _counted(vectors: AnswersNeighbours, pairs: Iterable[Pair], found: dict[Pair, bool]) -> dict[str, int]:
    pairs = list(pairs)
    n_known = sum(pair.word in vectors and pair.partner in vectors for pair in pairs)
    return {"n_pairs": len(pairs), "n_known": n_known, "n_found": sum(found[pair] for pair in pairs)}


def _is_found(vectors: AnswersNeighbours, pair: Pair) -> bool:
    if pair.word not in vectors or pair.partner not in vectors:
        return False
    return pair.partner in (word for word, _ in vectors.most_similar(pair.word, topn=TOPN))
