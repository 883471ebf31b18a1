"""Words to numbers: the chapter's example, and Keras' own tokenizer where that is installed."""

from __future__ import annotations

import numpy as np
import pytest

from model.book.words import WordVocabulary, one_hot

SENTENCES = ["You are the Best", "You are the Nice"]
TEXTS = [
    "The soup was late, the bread wasn't!",
    "the waiter's smile: warm & quick (really)",
    "Late again\tand\nthe soup is cold -- COLD",
    "",
]


def test_the_chapters_example() -> None:
    words = WordVocabulary.fit(SENTENCES, num_words=10)
    assert words.word_index == {"<OOV>": 1, "you": 2, "are": 3, "the": 4, "best": 5, "nice": 6}
    assert [words.ids(text) for text in SENTENCES] == [[2, 3, 4, 5], [2, 3, 4, 6]]
    assert words.ids("You are the One") == [2, 3, 4, 1]
    assert words.matrix(SENTENCES).tolist() == [[0, 0, 1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0, 1, 0, 0, 0]]


def test_rare_words_are_unknown_where_only_so_many_ids_are_used() -> None:
    words = WordVocabulary.fit(SENTENCES, num_words=5)
    assert [words.ids(text) for text in SENTENCES] == [[2, 3, 4, 1]] * 2
    assert words.matrix(SENTENCES).shape == (2, 5)


def test_sentences_are_padded_and_cut_at_the_front() -> None:
    words = WordVocabulary.fit(SENTENCES)
    assert words.encode([*SENTENCES, ""], 3).tolist() == [[3, 4, 5], [3, 4, 6], [0, 0, 0]]
    assert words.encode(SENTENCES, 6).tolist() == [[0, 0, 2, 3, 4, 5], [0, 0, 2, 3, 4, 6]]


def test_one_hot_rows_have_a_single_one() -> None:
    rows = one_hot(np.array([[2, 0], [1, 1]]), 3)
    assert rows.tolist() == [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]]]


@pytest.mark.parametrize("num_words", [4, 8, 40])
def test_words_are_numbered_as_keras_numbers_them(num_words: int) -> None:
    text = pytest.importorskip("keras.src.legacy.preprocessing.text")
    sequence = pytest.importorskip("keras.utils")
    theirs = text.Tokenizer(num_words=num_words, oov_token="<OOV>")
    theirs.fit_on_texts(TEXTS)
    ours = WordVocabulary.fit(TEXTS, num_words)
    assert ours.word_index == theirs.word_index
    unseen = [*TEXTS, "a cold soup, twice"]
    assert [ours.ids(each) for each in unseen] == theirs.texts_to_sequences(unseen)
    expected = sequence.pad_sequences(theirs.texts_to_sequences(unseen), maxlen=5)
    np.testing.assert_array_equal(ours.encode(unseen, 5), expected)
    np.testing.assert_array_equal(ours.matrix(unseen), theirs.texts_to_matrix(unseen, mode="binary"))
    ids = ours.encode(unseen, 5)
    np.testing.assert_array_equal(one_hot(ids, num_words), sequence.to_categorical(ids, num_words))
