"""What one epoch consists of: rows drawn from each corpus by a recipe, varied, and cut into batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.corpora.corpus import Corpus, make_corpus
from model.corpora.shipped import Sentences, shipped_sentences
from model.corpora.splits import Corpora
from model.examples import Example, target_of
from model.reading.read import read
from model.training.batches import Ids, batches_by_length, close_up_ids, cut_to_longest, space_out_ids, text_lengths
from model.training.mixing.augmentation import recombine
from model.training.mixing.teacher import SoftTargets
from model.training.ranked_tail import BLAME, N_COLUMNS, TALK, TARGET
from model.training.recipes import Recipe
from model.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Batch = tuple[Ids, Floats, Floats]  # ids (batch, n ≤ 100), what is taught (batch, 3), weights (batch, 1)

_SURELY_NEGATIVE = 0.2  # P(positive), by the teacher, below which a review without a rating counts as a complaint
_SURE = 0.975  # P of its side that a review written for Jigi is taught


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind and how many of them an epoch draws: ids (n, 100), targets (n,) in [0, 1].

    `talk` and `blame`, (n,) in [0, 1] or None for 0, say which rows are neutral talk and which are complaints, to
    `model.training.ranked_tail`.
    """

    ids: Ids
    targets: Floats
    weight: float
    n_drawn: int
    talk: Floats | None = None
    blame: Floats | None = None

    def draw(self, generator: np.random.Generator) -> NDArray[np.intp]:
        """Return indices of `n_drawn` rows: every row as often as any other, give or take one."""
        n_rounds = max(-(-self.n_drawn // len(self.ids)), 1)
        return np.concatenate([generator.permutation(len(self.ids)) for _ in range(n_rounds)])[: self.n_drawn]

    def taught(self, rows: NDArray[np.intp]) -> Floats:
        """Return what rows are taught, float32 (n_rows, 3): target, talk, blame."""
        taught = np.zeros((len(rows), N_COLUMNS), np.float32)
        for column, values in ((TARGET, self.targets), (TALK, self.talk), (BLAME, self.blame)):
            if values is not None:
                taught[:, column] = values[rows]
        return taught


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
        taught = np.concatenate([part.taught(rows) for part, rows in drawn])
        weights = np.concatenate([np.full((len(rows), 1), part.weight, np.float32) for part, rows in drawn])
        self._vary_spaces(ids, generator)
        for rows in batches_by_length(text_lengths(ids), self.batch_size, generator):
            yield cut_to_longest(ids[rows]), taught[rows], weights[rows]

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
    mixer = _Mixer(recipe, soft_targets, vocabulary, corpora.held_out(), seed)
    parts = [*mixer.reviews(corpora), *mixer.all_talk(corpora)]
    if examples:
        parts.append(mixer.examples(examples))
    if recipe.announcement_repeats:
        parts += mixer.written(shipped_sentences(seed, corpora))
    space_id = int(vocabulary.ids(" ")[0])
    return Mixture([p for p in parts if p.n_drawn], space_id, recipe.spaced_share, recipe.batch_size, seed)


@dataclass(frozen=True, slots=True)
class _Mixer:
    """Makes the parts of each corpus, with the recipe's numbers."""

    recipe: Recipe
    soft_targets: Mapping[str, SoftTargets]
    vocabulary: Vocabulary
    held_out: Set[str]
    seed: int

    def part(
        self,
        corpus: Corpus,
        targets: Floats,
        weight: float,
        n_drawn: float,
        talk: Floats | None = None,
        blame: Floats | None = None,
    ) -> Part:
        return Part(self.vocabulary.encode(corpus.texts), targets, weight, round(n_drawn), talk, blame)

    def reviews(self, corpora: Corpora) -> list[Part]:
        parts = self.shopping(corpora.shopping.train) if corpora.shopping else []
        if corpora.movies and self.recipe.movie_negative_repeats:
            parts += self.movies(corpora.movies.train)
        if corpora.mixed_reviews and self.recipe.n_mixed_reviews:
            mixed = corpora.mixed_reviews.train
            parts.append(self.part(mixed, mixed.targets, self.recipe.mixed_review_weight, self.recipe.n_mixed_reviews))
        return parts + ([self.opinions(corpora.opinions.train)] if corpora.opinions else [])

    def shopping(self, corpus: Corpus) -> list[Part]:
        recipe, blame = self.recipe, 1 - corpus.targets
        parts = [self.part(corpus, self._taught(corpus), 1.0, recipe.shopping_repeats * len(corpus), blame=blame)]
        soft = self.soft_targets.get(corpus.name)
        return [*parts, *self._without_a_label(soft)] if soft else parts

    def _without_a_label(self, soft: SoftTargets) -> list[Part]:
        """Return what only the teacher has judged: recombined reviews, and those without a rating."""
        recombined, unrated = (judged.without(self.held_out) for judged in (soft.recombined, soft.unrated))
        parts = [self.part(recombined, recombined.targets, 1.0, self.recipe.n_recombined)]
        if len(unrated):
            surely = np.where(unrated.targets < _SURELY_NEGATIVE, 1 - unrated.targets, 0).astype(np.float32)
            n_drawn = self.recipe.unrated_repeats * len(unrated)
            parts.append(self.part(unrated, unrated.targets, 1.0, n_drawn, blame=surely))
        return parts

    def movies(self, corpus: Corpus) -> list[Part]:
        targets, is_negative = self._taught(corpus), corpus.targets < 0.5
        n_negative = self.recipe.movie_negative_repeats * is_negative.sum()
        drawn = {True: n_negative, False: n_negative * self.recipe.movie_positive_ratio}
        sides = [(corpus.take(is_negative == side), targets[is_negative == side], n) for side, n in drawn.items()]
        return [self.part(side, of_side, 1.0, n, blame=1 - side.targets) for side, of_side, n in sides]

    def opinions(self, corpus: Corpus) -> Part:
        """Return praise and blame out of communities. As talk they are no complaints of something bought."""
        recipe, talk = self.recipe, np.maximum(corpus.targets, self.recipe.blame_as_talk)
        return self.part(
            corpus, self._taught(corpus), recipe.opinion_weight, recipe.opinion_repeats * len(corpus), talk
        )

    def examples(self, examples: Sequence[Example]) -> Part:
        targets = np.array([target_of(example.label, self.recipe.chat_target) for example in examples], np.float32)
        corpus = Corpus("examples", [read(example.text) for example in examples], targets)
        return self.part(corpus, targets, 1.0, self.recipe.example_repeats * len(corpus))

    def all_talk(self, corpora: Corpora) -> list[Part]:
        recipe, own = self.recipe, corpora.shipped_chat
        drawn = (
            (corpora.chat, recipe.chat_repeats, recipe.chat_recombined_repeats),
            (corpora.community, recipe.community_repeats, recipe.community_recombined_repeats),
            (corpora.requests, recipe.request_repeats, 0.0),
        )
        parts = [part for split, *repeats in drawn if split for part in self.talk(split.train, *repeats)]
        return parts + self.talk(own, recipe.shipped_chat_repeats, recipe.shipped_chat_repeats)

    def talk(self, corpus: Corpus, repeats: float, recombined_repeats: float) -> list[Part]:
        """Return talk itself and recombined talk: few sentences seen often would be learned by heart."""
        parts = [self._neutral(corpus, repeats * len(corpus))] if repeats else []
        if repeats and recombined_repeats:
            texts = recombine(corpus.texts, np.random.default_rng(self.seed))
            recombined = make_corpus(f"{corpus.name}-recombined", texts, np.zeros(len(texts))).without(self.held_out)
            parts.append(self._neutral(recombined, recombined_repeats * len(corpus)))
        return parts

    def written(self, sentences: Sentences) -> list[Part]:
        """Return what is written for Jigi: neutral sentences weigh and aim as chat does, mixed ones as reviews."""
        recipe, mixed = self.recipe, (sentences.mixed, sentences.opinions)
        share = recipe.n_templated / (len(sentences.questions) + len(sentences.opinions))
        parts = self.talk(sentences.talk, recipe.shipped_talk_repeats, recipe.shipped_talk_repeats)
        parts += self.talk(sentences.announcements, recipe.announcement_repeats, 0.0)
        parts.append(self._neutral(sentences.questions, share * len(sentences.questions)))
        for corpus, repeats in zip(mixed, (recipe.shipped_mixed_review_repeats, share), strict=True):
            parts.append(self.part(corpus, corpus.targets, 1.0, repeats * len(corpus)))
        parts.append(self._reviews(sentences.reviews, recipe.shipped_review_repeats * len(sentences.reviews), 1.0))
        return [*parts, self._reviews(sentences.turned, recipe.n_templated_reviews, 0.5)]

    def _reviews(self, corpus: Corpus, n_drawn: float, blame: float) -> Part:
        targets = np.asarray(_SURE * corpus.targets + (1 - _SURE) * (1 - corpus.targets), np.float32)
        return self.part(corpus, targets, 1.0, n_drawn, blame=np.asarray(blame * (1 - corpus.targets), np.float32))

    def _neutral(self, corpus: Corpus, n_drawn: float) -> Part:
        targets = np.full(len(corpus), self.recipe.chat_target, np.float32)
        return self.part(corpus, targets, self.recipe.chat_weight, n_drawn, talk=np.ones_like(targets))

    def _taught(self, corpus: Corpus) -> Floats:
        """Return the labels, the teacher's opinion mixed in."""
        soft, share = self.soft_targets.get(corpus.name), self.recipe.teacher_share
        return corpus.targets * (1 - share) + soft.targets * share if soft else corpus.targets
