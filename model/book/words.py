"""Words and their ids, as Keras' `Tokenizer(num_words=…, oov_token="<OOV>")` numbers them, without Keras.

The words' sister of `model.vocabulary`: frequency decides the ids, padding is 0 and what is unknown 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.vocabulary import FIRST_CHARACTER_ID, OOV_ID, by_frequency, pad

OOV = "<OOV>"

# Keras' `filters`: every ASCII punctuation mark but the apostrophe, tabs and line feeds.
_SPACES = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation, as Keras' tokenizer parts them."""
    return [word for word in text.lower().translate(_SPACES).split(" ") if word]


class WordVocabulary:
    """The words of some texts, most frequent first: the first has id 2, after padding (0) and `<OOV>` (1).

    Of all words only those with an id below `num_words` are used; the others are `<OOV>`, as in Keras.
    """

    def __init__(self, words: Sequence[str], num_words: int | None = None) -> None:
        self.word_index = {OOV: OOV_ID} | {word: i for i, word in enumerate(words, FIRST_CHARACTER_ID)}
        self.num_words = len(self) if num_words is None else num_words

    def __len__(self) -> int:
        """Return the number of ids of all words, padding and `<OOV>` included."""
        return len(self.word_index) + 1

    @classmethod
    def fit(cls, texts: Iterable[str], num_words: int | None = None) -> WordVocabulary:
        """Number the words of texts by frequency."""
        return cls(by_frequency(map(split_words, texts)), num_words)

    def ids(self, text: str) -> list[int]:
        """Return the id of each word of a text."""
        found = (self.word_index.get(word, OOV_ID) for word in split_words(text))
        return [word_id if word_id < self.num_words else OOV_ID for word_id in found]

    def encode(self, texts: Sequence[str], length: int) -> NDArray[np.int32]:
        """Return the ids of texts, int32 of shape (n_texts, length), padded and cut at the front."""
        return pad([self.ids(text) for text in texts], length)

    def matrix(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Return which ids occur in each text: 0 or 1, int32 of shape (n_texts, num_words)."""
        occurs = np.zeros((len(texts), self.num_words), np.int32)
        for row, text in zip(occurs, texts, strict=True):
            row[self.ids(text)] = 1
        return occurs


def one_hot(ids: NDArray[np.integer], n_ids: int) -> NDArray[np.int32]:
    """Return each id as a row with a single 1, int32 of shape (*ids.shape, n_ids): Keras' `to_categorical`."""
    rows: NDArray[np.int32] = np.eye(n_ids, dtype=np.int32)[ids]
    return rows
