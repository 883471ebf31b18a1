"""What one epoch consists of: rows drawn from each corpus by a recipe, varied, and cut into batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batches import Ids, batches_by_length, close_up, cut, space_out, text_lengths
from model.corpora import Corpora
from model.corpus import Corpus
from model.recipe import Recipe
from model.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Batch = tuple[Ids, Floats, Floats]  # ids (batch, n ≤ 100), targets (batch, 1), weights (batch, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind and how many of them an epoch draws: ids (n, 100), targets (n,) in [0, 1]."""

    ids: Ids
    targets: Floats
    weight: float
    n_drawn: int

    def draw(self, generator: np.random.Generator) -> NDArray[np.intp]:
        """Return indices of `n_drawn` rows: every row as often as any other, give or take one."""
        n_rounds = max(-(-self.n_drawn // len(self.ids)), 1)
        return np.concatenate([generator.permutation(len(self.ids)) for _ in range(n_rounds)])[: self.n_drawn]


@dataclass(frozen=True, slots=True)
class Mixture:
    """The parts of an epoch. The same seed and epoch number give the same batches."""

    parts: Sequence[Part]
    space_id: int
    spaced_share: float
    batch_size: int
    seed: int

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-sum(part.n_drawn for part in self.parts) // self.batch_size)

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yield the batches of epoch `number` (0, 1, …)."""
        generator = np.random.default_rng([self.seed, number])
        drawn = [(part, part.draw(generator)) for part in self.parts]
        ids = np.concatenate([part.ids[rows] for part, rows in drawn])
        targets = np.concatenate([part.targets[rows] for part, rows in drawn])
        weights = np.concatenate([np.full(len(rows), part.weight, np.float32) for part, rows in drawn])
        self._vary_spaces(ids, generator)
        for rows in batches_by_length(text_lengths(ids), self.batch_size, generator):
            yield cut(ids[rows]), targets[rows, None], weights[rows, None]

    def _vary_spaces(self, ids: Ids, generator: np.random.Generator) -> None:
        """Space out all the syllables of some texts and close up others, in place."""
        for respace in (space_out, close_up):
            for row in np.flatnonzero(generator.random(len(ids)) < self.spaced_share):
                ids[row] = respace(ids[row], self.space_id)


def mix(recipe: Recipe, corpora: Corpora, vocabulary: Vocabulary, targets: Mapping[str, Floats], seed: int) -> Mixture:
    """Compose the training rows of the corpora by the recipe; `targets` overrides those of the corpora it names."""

    def part(corpus: Corpus, weight: float, repeats: float, rows: NDArray[np.bool_] | None = None) -> Part:
        corpus_targets = targets.get(corpus.name, corpus.targets)
        if rows is None:
            rows = np.ones(len(corpus), bool)
        texts = corpus.take(rows).texts
        return Part(vocabulary.encode(texts), corpus_targets[rows], weight, round(repeats * len(texts)))

    parts = [part(corpora.shopping.train, 1.0, recipe.shopping_repeats)]
    if corpora.movies and recipe.movie_negative_repeats:
        movies = corpora.movies.train
        is_negative = movies.targets < 0.5
        n_positive = recipe.movie_positive_ratio * recipe.movie_negative_repeats * is_negative.sum()
        parts.append(part(movies, 1.0, recipe.movie_negative_repeats, is_negative))
        parts.append(part(movies, 1.0, n_positive / (~is_negative).sum(), ~is_negative))
    if corpora.middling and recipe.n_middling:
        middling = corpora.middling.train
        parts.append(part(middling, recipe.middling_weight, recipe.n_middling / len(middling)))
    if corpora.chat and recipe.chat_repeats:
        parts.append(part(corpora.chat.train, recipe.chat_weight, recipe.chat_repeats))
    if recipe.own_chat_repeats:
        parts.append(part(corpora.own_chat, recipe.chat_weight, recipe.own_chat_repeats))
    space_id = int(vocabulary.ids(" ")[0])
    return Mixture(parts, space_id, recipe.spaced_share, recipe.batch_size, seed)
