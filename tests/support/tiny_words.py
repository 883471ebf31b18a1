"""Tiny real word vectors for tests, published like the shipped ones, with directions chosen by hand."""

from pathlib import Path

import numpy as np

from model.vectors.table import WordsManifest, WordTable, publish_words

# Word: direction, count, polarity. Parcels lie along the first axis, films along the second, praise along the third.
_WORDS: dict[str, tuple[tuple[float, float, float], int, float]] = {
    "좋다": ((0.1, 0.1, 1.0), 900, 0.8),
    "배송": ((1.0, 0.0, 0.1), 800, 0.0),
    "택배": ((0.9, 0.1, 0.0), 700, -0.3),
    "영화": ((0.0, 1.0, 0.2), 600, 0.1),
    "배우": ((0.1, 0.9, 0.4), 500, 0.4),
    "느리다": ((0.7, 0.0, -0.7), 400, -0.9),
    "포장": ((0.8, 0.0, 0.4), 300, 0.25),
    "굿": ((0.0, 0.2, 0.9), 200, 0.9),
    "배달": ((0.9, 0.0, -0.1), 100, -0.4),
}
_FORMS = {"느리다": ["느려요", "느렸어요"], "좋다": ["좋아요"]}


def make_words(folder: Path) -> Path:
    """Publish the words above; return the folder."""
    rows, counts, polarities = zip(*_WORDS.values(), strict=True)
    table = WordTable(
        list(_WORDS), np.array(rows, np.float32), np.array(counts, np.uint32), np.array(polarities, np.float16), _FORMS
    )
    publish_words(folder, WordsManifest("tiny-words"), table)
    return folder
