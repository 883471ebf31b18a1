"""Cut padded ids into batches of about one length, and write a text's spaces another way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model.vocabulary import MAX_LENGTH, PAD_ID

Ids = NDArray[np.int32]

_BATCHES_SORTED_TOGETHER = 64
_COLUMNS_STEP = 8  # batches are cut to a multiple of this


def text_lengths(ids: Ids) -> NDArray[np.intp]:
    """Return how many columns of each row are not padding, at least 1."""
    is_text = ids != PAD_ID
    return np.where(is_text.any(axis=1), MAX_LENGTH - is_text.argmax(axis=1), 1)


def cut_to_longest(ids: Ids) -> Ids:
    """Return the last columns of a batch, as many as its longest text needs, rounded up."""
    n_columns = int(text_lengths(ids).max())
    return ids[:, -min(MAX_LENGTH, -(-n_columns // _COLUMNS_STEP) * _COLUMNS_STEP) :]


def batches_by_length(
    lengths: NDArray[np.intp], batch_size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each batch: texts of about one length together, batches and texts in random order."""
    order = generator.permutation(len(lengths))
    batches: list[NDArray[np.intp]] = []
    for start in range(0, len(order), batch_size * _BATCHES_SORTED_TOGETHER):
        rows = order[start : start + batch_size * _BATCHES_SORTED_TOGETHER]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
    for index in generator.permutation(len(batches)):
        yield batches[index]


def space_out_ids(row: Ids, space_id: int) -> Ids:
    """Return the row (100,) as if its writer had put a space after every syllable."""
    characters = close_up_ids(row, space_id)
    characters = characters[characters != PAD_ID]
    spaced = np.full(max(2 * len(characters) - 1, 0), space_id, np.int32)
    spaced[::2] = characters
    return _padded(spaced)


def close_up_ids(row: Ids, space_id: int) -> Ids:
    """Return the row (100,) without its spaces."""
    return _padded(row[(row != PAD_ID) & (row != space_id)])


def _padded(characters: Ids) -> Ids:
    row = np.full(MAX_LENGTH, PAD_ID, np.int32)
    if len(characters):
        row[-min(len(characters), MAX_LENGTH) :] = characters[-MAX_LENGTH:]
    return row
