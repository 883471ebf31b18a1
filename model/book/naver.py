"""The chapter's last system, step by step: Naver shopping reviews from the file to the five sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from model.corpora.corpus import Split
from model.corpora.readers import MIDDLE_RATING, read_rated_reviews
from model.corpora.splits import Corpora, book_corpora
from model.prediction import Prediction
from model.vocabulary import MAX_LENGTH, Vocabulary


@dataclass(frozen=True, slots=True)
class Naver:
    """The reviews after each step of the chapter."""

    n_read: int
    n_by_rating: dict[int, int]
    n_positive: int  # of those that were read: a rating above 3 is positive
    corpora: Corpora  # cleaned, none empty, none twice, split

    @property
    def reviews(self) -> Split:
        """The rows to learn from and those to test by."""
        return self.corpora.polar()[0]

    @property
    def texts(self) -> list[str]:
        """Every review that was kept."""
        return [*self.reviews.train.texts, *self.reviews.test.texts]

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters of the rows to learn from, as the chapter's tokenizer numbers them."""
        return Vocabulary.fit(self.reviews.train.texts)

    def describe_lengths(self) -> pd.Series[float]:
        """Return the table that pandas' `describe()` makes of the lengths in characters."""
        return self._lengths().astype(float).describe()

    def share_of_whole(self) -> float:
        """Return the share of reviews that are not cut at 100 characters."""
        return float((self._lengths() <= MAX_LENGTH).mean())

    def _lengths(self) -> pd.Series[int]:
        return pd.Series([len(text) for text in self.texts])


def read_naver(path: Path) -> Naver:
    """Read a file of `rating<TAB>review` lines and go the chapter's way to the split rows.

    Raises:
        CorpusError: It cannot be read or is not of the format.
    """
    ratings, _ = read_rated_reviews(path)
    numbers, counts = np.unique(ratings.astype(int), return_counts=True)
    by_rating = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    return Naver(len(ratings), by_rating, int((ratings > MIDDLE_RATING).sum()), book_corpora(path))


def in_words(prediction: Prediction) -> str:
    """Return a prediction as the chapter's `sentiment_predict` says it: which side, and how sure."""
    probability = max(prediction.probability, prediction.negative_probability)
    return f"{probability:.2%} 확률로 {prediction.label}"
