"""Ask word vectors: nearest words, analogies, the odd one out. NumPy only; the vectors stay on disk, memory-mapped.

The methods named as in gensim's `KeyedVectors` answer as gensim does on the same vectors. `neighbours` adds how often a
word occurs and how it leans; `find` and `suggest` bring a person's spelling to a known word.
`model.vector_training.train` makes the vectors, `model.vectors.table` holds their format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import VectorsError
from model.vectors.speller import Match, Speller, UnknownWordError
from model.vectors.table import (
    COUNTS,
    POLARITIES,
    PRETRAINED_WORDS,
    VECTORS,
    WordTable,
    read_array,
    read_forms,
    read_words,
    read_words_manifest,
)
from model.versions.version import PRETRAINED, read_manifest, read_vocabulary
from model.versions.weights import read_weights
from model.vocabulary import FIRST_CHARACTER_ID

_TINY = np.finfo(np.float32).tiny  # a row of zeros has no direction, but is no error
_EPSILON = 0.000001  # gensim's, against a division by zero
_SLIGHT = 0.2  # a polarity below it is called neutral
_BLOCK = 4096  # rows brought to float32 at once: they stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A near word. `cosine` in [-1, 1] (an analogy's score instead, for `analogy`); `count` and `polarity` if known.

    `polarity` is in [-1, 1]: below 0 where the word stands more in negative reviews, above 0 more in positive ones.
    """

    word: str
    cosine: float
    count: int | None
    polarity: float | None

    @property
    def pole(self) -> int | None:
        """-1 where a word leans to negative reviews, 1 to positive ones, 0 if hardly to either, None if unknown."""
        if self.polarity is None:
            return None
        return 0 if abs(self.polarity) < _SLIGHT else (1 if self.polarity > 0 else -1)


class Vectors:
    """Words and their vectors, asked with gensim's words."""

    def __init__(self, table: WordTable, version: str = "") -> None:
        self.version = version
        self.index_to_key = table.words
        self.vectors = table.vectors
        self._counts, self._polarities = table.counts, table.polarities
        self._forms = table.forms
        self._folder: Path | None = None

    @classmethod
    def load(cls, folder: Path = PRETRAINED_WORDS) -> Vectors:
        """Open a folder that `vectors train` or `vectors load` wrote.

        Raises:
            VectorsError: There is none, or it is damaged.
        """
        if folder.is_file():
            raise VectorsError(
                f"{folder} is a file. Bring it to Jigi's format first: python -m model vectors load {folder}"
            )
        manifest = read_words_manifest(folder)
        rows, counts, polarities = (read_array(folder, name) for name in (VECTORS, COUNTS, POLARITIES))
        words = read_words(folder)
        if {len(words)} != {len(rows), len(counts), len(polarities)}:
            raise VectorsError(f"{folder} is damaged: its files do not hold equally many words")
        vectors = cls(WordTable(words, rows, counts, polarities), manifest.version)
        vectors._folder = folder
        return vectors

    @classmethod
    def of_classifier(cls, folder: Path = PRETRAINED, name: str | None = None) -> Vectors:
        """Take the characters of a model version and their rows in its Embedding layer, 16 dimensions.

        Raises:
            VersionError: There is no model version, or it is damaged.
        """
        manifest = read_manifest(folder)
        vocabulary = read_vocabulary(folder)
        rows = read_weights(folder, len(vocabulary))["embedding"][FIRST_CHARACTER_ID:]
        n = len(vocabulary.characters)
        unknown = np.full(n, np.nan, np.float16)
        return cls(
            WordTable(list(vocabulary.characters), rows, np.zeros(n, np.uint32), unknown), name or manifest.version
        )

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return word in self.key_to_index

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a known word, float32 of shape (n_dimensions,).

        Raises:
            UnknownWordError: It has none; a `KeyError`.
        """
        return np.asarray(self.vectors[self._index(word)], np.float32)

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: index for index, word in enumerate(self.index_to_key)}

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """The Euclidean length of each row, float32 of shape (n_words,).

        Raises:
            VectorsError: A row holds NaN or infinity.
        """
        norms = np.concatenate([np.linalg.norm(block, axis=1) for block in self._blocks()])
        if not np.isfinite(norms).all():
            raise VectorsError("The word vectors hold NaN or infinity. Make them again with `vectors load`.")
        return norms

    @cached_property
    def speller(self) -> Speller:
        """What brings a person's spelling to known words; built when it is first needed."""
        return Speller(self.index_to_key, read_forms(self._folder) if self._folder else self._forms)

    def most_similar(
        self, positive: str | Sequence[str] = (), negative: str | Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words nearest to the mean of `positive` and the opposite of `negative`, with their cosines.

        Raises:
            UnknownWordError: A word has no vector; a `KeyError`.
            ValueError: No word is given.
        """
        positive, negative = _as_list(positive), _as_list(negative)
        if not positive and not negative:
            raise ValueError("most_similar must be given at least one word")
        directions = [self._direction(word) for word in positive] + [-self._direction(word) for word in negative]
        return self._best(self._cosines(_unit(np.mean(directions, axis=0)))[0], topn, [*positive, *negative])

    def most_similar_cosmul(
        self, positive: str | Sequence[str], negative: str | Sequence[str] = (), topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words that are near each `positive` and far from each `negative`, with 3CosMul's score (≥ 0).

        Source: equation (4) of Levy & Goldberg, Linguistic Regularities in Sparse and Explicit Word Representations.

        Raises:
            UnknownWordError: A word has no vector; a `KeyError`.
            ValueError: No positive word is given.
        """
        positive, negative = _as_list(positive), _as_list(negative)
        if not positive:
            raise ValueError("most_similar_cosmul must be given at least one positive word")
        cosines = self._cosines(*(self._direction(word) for word in (*positive, *negative)))
        shifted = (1 + cosines) / 2  # (n_asked, n_words), each in [0, 1]
        near, far = shifted[: len(positive)].prod(axis=0), shifted[len(positive) :].prod(axis=0)
        scores = near / (far + _EPSILON)
        return self._best(scores, topn, [*positive, *negative])

    def similarity(self, first: str, second: str) -> float:
        """Return the cosine of two words.

        Raises:
            UnknownWordError: A word has no vector; a `KeyError`.
        """
        return float(self._direction(first) @ self._direction(second))

    def doesnt_match(self, words: Iterable[str]) -> str:
        """Return the word that is farthest from the mean of all. Unlike gensim, an unknown word is an error.

        Raises:
            UnknownWordError: A word has no vector; a `KeyError`.
            ValueError: No word is given.
        """
        return self.rank_by_centrality(words)[-1][1]

    def rank_by_centrality(self, words: Iterable[str]) -> list[tuple[float, str]]:
        """Return the words with their cosines to the mean of all, nearest first, as gensim orders them.

        Raises:
            UnknownWordError: A word has no vector; a `KeyError`.
            ValueError: No word is given.
        """
        words = list(words)
        if not words:
            raise ValueError("rank_by_centrality must be given at least one word")
        directions = np.stack([self._direction(word) for word in words])
        cosines = directions @ _unit(directions.mean(axis=0))
        return sorted(zip(cosines.tolist(), words, strict=True), reverse=True)

    def neighbours(self, word: str, topn: int = 10) -> list[Neighbour]:
        """Return the nearest words of a known word.

        Raises:
            UnknownWordError: It has no vector; a `KeyError`.
        """
        return [self.describe(near, cosine) for near, cosine in self.most_similar(word, topn=topn)]

    def analogy(self, positive: Sequence[str], negative: Sequence[str], topn: int = 10) -> list[Neighbour]:
        """Return what `most_similar_cosmul` does, described as neighbours."""
        return [self.describe(*found) for found in self.most_similar_cosmul(positive, negative, topn)]

    def describe(self, word: str, cosine: float = 1.0) -> Neighbour:
        """Return what is known of a word."""
        index = self._index(word)
        count, polarity = int(self._counts[index]), float(self._polarities[index])
        return Neighbour(word, cosine, count or None, None if np.isnan(polarity) else polarity)

    def find(self, text: str) -> Match:
        """Return the known word that a person means, and how it was found.

        Raises:
            UnknownWordError: None is meant for certain; `suggestions` holds words of like spelling.
        """
        return self.speller.find(text)

    def suggest(self, prefix: str, n: int = 25) -> list[str]:
        """Return the `n` most frequent words that begin with what was typed so far."""
        return self.speller.starting_with(prefix, n)

    def _index(self, word: str) -> int:
        try:
            return self.key_to_index[word]
        except KeyError:
            raise UnknownWordError(word) from None

    def _direction(self, word: str) -> NDArray[np.float32]:
        index = self._index(word)
        direction: NDArray[np.float32] = np.asarray(self.vectors[index], np.float32) / np.maximum(
            self.norms[index], _TINY
        )
        return direction

    def _blocks(self) -> Iterable[NDArray[np.float32]]:
        return (
            self.vectors[i : i + _BLOCK].astype(np.float32, copy=False) for i in range(0, len(self.vectors), _BLOCK)
        )

    def _cosines(self, *directions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosines of all words to each direction, float32 of shape (n_directions, n_words).

        Bringing rows to float32 takes longest, so each block is brought once. One product of matrices would be no
        faster, and on busy cores much slower: it waits for several threads.
        """
        products = np.concatenate([[block @ direction for direction in directions] for block in self._blocks()], axis=1)
        return (products / np.maximum(self.norms, _TINY)).astype(np.float32, copy=False)

    def _best(self, scores: NDArray[Any], topn: int, asked: Sequence[str]) -> list[tuple[str, float]]:
        """Return the words of the highest scores but those asked for."""
        n = min(max(topn, 0) + len(asked), len(scores))
        highest = np.argpartition(-scores, n - 1)[:n]
        ranked = highest[np.argsort(-scores[highest], kind="stable")]
        left_out = {self.key_to_index[word] for word in asked}
        return [(self.index_to_key[i], float(scores[i])) for i in ranked.tolist() if i not in left_out][: max(topn, 0)]


def _as_list(words: str | Sequence[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = (vector / np.maximum(np.linalg.norm(vector), _TINY)).astype(np.float32)
    return unit
