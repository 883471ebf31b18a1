"""Characters and ids, as Keras numbers and pads them."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.reading.clean import clean
from model.vocabulary import MAX_LENGTH, OOV_ID, PAD_ID, Vocabulary
from tests.support.paths import needs_corpora

TEXTS = ["좋아요 좋아요", "별로예요 ㅠㅠ", "배송이 100일 걸렸어요", "", "길" * 150 + "끝"]


def keras_ids(fitted_on: list[str], texts: list[str]) -> NDArray[np.int32]:
    keras = pytest.importorskip("tensorflow").keras
    tokenizer = keras.preprocessing.text.Tokenizer(char_level=True, oov_token="<OOV>")
    tokenizer.fit_on_texts(fitted_on)
    padded = keras.preprocessing.sequence.pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=MAX_LENGTH)
    return np.asarray(padded, np.int32)


def test_ids_equal_keras_tokenizer_and_pad_sequences() -> None:
    texts = [clean(text) for text in TEXTS]
    unseen = [*texts, "처음 보는 글자 뷁"]
    assert np.array_equal(Vocabulary.fit(texts).encode(unseen), keras_ids(texts, unseen))


def test_ids_equal_keras_on_a_corpus() -> None:
    from model.corpora.readers import read_naver_shopping

    texts = read_naver_shopping(needs_corpora() / "naver_shopping.txt").texts
    seen, others = texts[:20_000], texts[20_000:]
    assert np.array_equal(Vocabulary.fit(seen).encode(others), keras_ids(seen, others))


def test_padding_and_cutting_happen_at_the_front() -> None:
    vocabulary = Vocabulary("가나")
    assert vocabulary.encode(["가나"])[0].tolist() == [PAD_ID] * 98 + [2, 3]
    assert vocabulary.encode(["가" * 5 + "나" * 100])[0].tolist() == [3] * 100


def test_unknown_characters_are_oov_even_lone_surrogates() -> None:
    assert Vocabulary("가").ids("가뷁\ud800😀").tolist() == [2, OOV_ID, OOV_ID, OOV_ID]


def test_rare_characters_are_left_out_on_demand() -> None:
    assert Vocabulary.fit(["가가나"], min_count=2).characters == "가"


def test_a_saved_vocabulary_is_the_same(tmp_path: Path) -> None:
    Vocabulary("가나 ㅋ").save(tmp_path / "vocabulary.json")
    assert Vocabulary.load(tmp_path / "vocabulary.json").characters == "가나 ㅋ"


@pytest.mark.parametrize("content", ["[]", "{}", '{"characters": 3}', "no json"])
def test_what_is_no_vocabulary_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "vocabulary.json").write_text(content)
    with pytest.raises(ValueError):  # noqa: PT011 (json's own error is one too)
        Vocabulary.load(tmp_path / "vocabulary.json")


def test_a_character_may_not_stand_twice() -> None:
    with pytest.raises(ValueError, match="unique"):
        Vocabulary("가가")


@pytest.mark.parametrize("text", ["", "가", "가나 1", "다" * 101])
def test_one_text_is_looked_up_as_one_of_many(text: str) -> None:
    vocabulary = Vocabulary("가나 1")
    (ids,), (length,) = vocabulary.left_aligned([text])
    among, lengths = vocabulary.left_aligned([text, "가" * 100])
    assert (ids.tolist(), length) == (among[0, :length].tolist(), lengths[0])
    assert (ids.dtype, length.dtype) == (among.dtype, lengths.dtype)
