"""What one epoch consists of: rows drawn from each corpus by a recipe, varied, and cut into batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.corpora.corpus import NEUTRAL_TARGET, Corpus, make_corpus
from model.corpora.shipped import shipped_sentences
from model.corpora.splits import Corpora
from model.examples import Example, target_of
from model.text import clean
from model.training.augmentation import recombine
from model.training.batches import Ids, batches_by_length, close_up_ids, cut_to_longest, space_out_ids, text_lengths
from model.training.recipes import Recipe
from model.training.teacher import SoftTargets
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
            yield cut_to_longest(ids[rows]), targets[rows, None], weights[rows, None]

    def _vary_spaces(self, ids: Ids, generator: np.random.Generator) -> None:
        """Space out all the syllables of some texts and close up others, in place."""
        for respace in (space_out_ids, close_up_ids):
            for row in np.flatnonzero(generator.random(len(ids)) < self.spaced_share):
                ids[row] = respace(ids[row], self.space_id)


def mix(
    recipe: Recipe,
    corpora: Corpora,
    soft_targets: Mapping[str, SoftTargets],
    vocabulary: Vocabulary,
    seed: int,
    examples: Sequence[Example] = (),
) -> Mixture:
    """Compose the training rows of the corpora by the recipe; `soft_targets` are the teacher's, by the corpus' name.

    `examples` are what people have labelled, besides.
    """
    mixer = _Mixer(recipe, soft_targets, vocabulary)
    parts = mixer.shopping(corpora.shopping.train) if corpora.shopping else []
    if corpora.movies and recipe.movie_negative_repeats:
        parts += mixer.movies(corpora.movies.train)
    if corpora.mixed_reviews and recipe.n_mixed_reviews:
        mixed = corpora.mixed_reviews.train
        parts.append(mixer.part(mixed, mixed.targets, recipe.mixed_review_weight, recipe.n_mixed_reviews))
    if corpora.chat:
        parts += mixer.chat(corpora.chat.train, recipe.chat_repeats, seed)
    parts += mixer.chat(corpora.shipped_chat, recipe.shipped_chat_repeats, seed)
    if examples:
        parts.append(mixer.examples(examples))
    if recipe.announcement_repeats:
        parts += mixer.sentences(*shipped_sentences(seed, corpora))
    space_id = int(vocabulary.ids(" ")[0])
    return Mixture([p for p in parts if p.n_drawn], space_id, recipe.spaced_share, recipe.batch_size, seed)


@dataclass(frozen=True, slots=True)
class _Mixer:
    """Makes the parts of each corpus, with the recipe's numbers."""

    recipe: Recipe
    soft_targets: Mapping[str, SoftTargets]
    vocabulary: Vocabulary

    def part(self, corpus: Corpus, targets: Floats, weight: float, n_drawn: float) -> Part:
        return Part(self.vocabulary.encode(corpus.texts), targets, weight, round(n_drawn))

    def shopping(self, corpus: Corpus) -> list[Part]:
        parts = [self.part(corpus, self._taught(corpus), 1.0, self.recipe.shopping_repeats * len(corpus))]
        if soft := self.soft_targets.get(corpus.name):
            parts.append(self.part(soft.recombined, soft.recombined.targets, 1.0, self.recipe.n_recombined))
        return parts

    def movies(self, corpus: Corpus) -> list[Part]:
        targets, is_negative = self._taught(corpus), corpus.targets < 0.5
        n_negative = self.recipe.movie_negative_repeats * is_negative.sum()
        drawn = {True: n_negative, False: n_negative * self.recipe.movie_positive_ratio}
        return [
            self.part(corpus.take(is_negative == side), targets[is_negative == side], 1.0, n_drawn)
            for side, n_drawn in drawn.items()
        ]

    def examples(self, examples: Sequence[Example]) -> Part:
        targets = np.array([target_of(example.label, self.recipe.chat_target) for example in examples], np.float32)
        corpus = Corpus("examples", [clean(example.text) for example in examples], targets)
        return self.part(corpus, targets, 1.0, self.recipe.example_repeats * len(corpus))

    def chat(self, corpus: Corpus, repeats: float, seed: int) -> list[Part]:
        """Return the chat itself and recombined chat: few sentences seen often would be learned by heart."""
        if not repeats:
            return []
        texts = recombine(corpus.texts, np.random.default_rng(seed))
        recombined = make_corpus(f"{corpus.name}-recombined", texts, np.zeros(len(texts)))
        return [
            self.part(chat, np.full(len(chat), self.recipe.chat_target, np.float32), self.recipe.chat_weight, n_drawn)
            for chat, n_drawn in (
                (corpus, repeats * len(corpus)),
                (recombined, self.recipe.chat_recombined_repeats * len(corpus)),
            )
        ]

    def sentences(self, neutral: Corpus, mixed: Corpus, *templated: Corpus) -> list[Part]:
        """Return what is written for Jigi: neutral sentences weigh and aim as chat does, mixed ones as reviews."""
        recipe, share = self.recipe, self.recipe.n_templated / sum(map(len, templated))
        drawn = [recipe.announcement_repeats, recipe.shipped_mixed_review_repeats, share, share]
        sides = [(recipe.chat_target, recipe.chat_weight), (NEUTRAL_TARGET, 1.0)] * 2
        return [
            self.part(corpus, np.full(len(corpus), target, np.float32), weight, repeats * len(corpus))
            for corpus, repeats, (target, weight) in zip((neutral, mixed, *templated), drawn, sides, strict=True)
        ]

    def _taught(self, corpus: Corpus) -> Floats:
        """Return the labels, the teacher's opinion mixed in."""
        soft, share = self.soft_targets.get(corpus.name), self.recipe.teacher_share
        return corpus.targets * (1 - share) + soft.targets * share if soft else corpus.targets
