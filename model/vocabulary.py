"""Characters and their ids, numbered and padded as Keras does it.

Equal to `Tokenizer(char_level=True, oov_token="<OOV>")` followed by `pad_sequences(maxlen=100)`, without Keras.
`model.reading.clean` cleans what comes in; `model.classifier` and `model.training.train` use the ids.
`model.book.words` numbers words by the same two rules: `by_frequency` and `pad`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

PAD_ID = 0
OOV_ID = 1
FIRST_CHARACTER_ID = 2
MAX_LENGTH = 100  # characters, as in the book

_N_CODE_POINTS = 0xD7A4  # one past 힣, the last character that `clean` keeps


def by_frequency(texts: Iterable[Iterable[str]], min_count: int = 1) -> list[str]:
    """Return the tokens of texts, most frequent first; of equals, the one seen first comes first.

    A string is a text of characters, a list of words one of words. What is seen less than `min_count` times is left
    out.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    return [token for token, n in counts.most_common() if n >= min_count]


def pad(rows: Sequence[Sequence[int] | NDArray[np.int32]], length: int) -> NDArray[np.int32]:
    """Return rows of ids as int32 of shape (n_rows, length), padded and cut at the front, as `pad_sequences` does."""
    ids = np.full((len(rows), length), PAD_ID, np.int32)
    for padded, row in zip(ids, rows, strict=True):
        if len(row):
            padded[-min(len(row), length) :] = row[-length:]
    return ids


class _Document(msgspec.Struct):
    characters: str


class Vocabulary:
    """The characters a model knows, most frequent first: the first has id 2, after padding (0) and `<OOV>` (1)."""

    def __init__(self, characters: str) -> None:
        if len(set(characters)) != len(characters):
            raise ValueError("characters must be unique; a character stands twice in the vocabulary")
        self.characters = characters
        self._id_of_code_point = np.full(_N_CODE_POINTS + 1, OOV_ID, np.int32)
        known = [(ord(c), i) for i, c in enumerate(characters, FIRST_CHARACTER_ID) if ord(c) < _N_CODE_POINTS]
        for code_point, character_id in known:
            self._id_of_code_point[code_point] = character_id

    def __len__(self) -> int:
        """Return the number of ids, padding and `<OOV>` included (the book's `vocab_size + 1`)."""
        return len(self.characters) + FIRST_CHARACTER_ID

    @classmethod
    def fit(cls, texts: Iterable[str], min_count: int = 1) -> Vocabulary:
        """Number the characters of cleaned texts by frequency; of equals, the one seen first comes first.

        Characters seen less than `min_count` times become `<OOV>`, as Keras' `num_words` would have it.
        """
        return cls("".join(by_frequency(texts, min_count)))

    def ids(self, text: str) -> NDArray[np.int32]:
        """Return the ids of a cleaned text's last 100 characters, int32 of shape (n_characters,), not padded."""
        return self._ids(text[-MAX_LENGTH:])

    def _ids(self, text: str) -> NDArray[np.int32]:
        code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        return self._id_of_code_point[np.minimum(code_points, _N_CODE_POINTS)]

    def left_aligned(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return ids of cleaned texts' last 100 characters, padded behind, and how many characters they are.

        int32 of shape (n_texts, n_longest) and (n_texts,); an empty text is one pad. All texts are looked up at once,
        ten times as fast as one by one.
        """
        if len(texts) == 1 and texts[0]:  # most often, and there is nothing to align
            ids = self.ids(texts[0])[np.newaxis]
            return ids, np.array([ids.shape[1]], np.int32)
        ends = [text[-MAX_LENGTH:] for text in texts]
        lengths = np.fromiter(map(len, ends), np.int32, len(ends))
        ids = np.full((len(ends), max(1, int(lengths.max(initial=0)))), PAD_ID, np.int32)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = self._ids("".join(ends))
        return ids, np.maximum(lengths, 1)

    def encode(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """Return ids of cleaned texts, int32 of shape (n_texts, 100), padded and cut at the front."""
        return pad([self.ids(text) for text in texts], MAX_LENGTH)

    def save(self, path: Path) -> None:
        """Write the characters as JSON."""
        path.write_bytes(msgspec.json.encode(_Document(self.characters)))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a vocabulary that `save` wrote.

        Raises:
            OSError: The file cannot be read.
            ValueError: It is no vocabulary.
        """
        try:
            return cls(msgspec.json.decode(path.read_bytes(), type=_Document).characters)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError(f'{path.name} must be a JSON object with the text "characters": {error}') from error
