"""Queries of word vectors: equal to gensim's, without gensim."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import VectorsError
from model.vectors.keyed_vectors import Vectors
from model.vectors.speller import UnknownWordError
from model.vectors.table import (
    FORMS,
    PRETRAINED_WORDS,
    VECTORS,
    WordsManifest,
    WordTable,
    publish_words,
    to_int8,
)
from model.versions.folder import MANIFEST

WORDS = ["배송", "택배", "느리다", "빠르다", "좋다", "나쁘다", "굿", "ㅋㅋ", "사이즈", "크기"]


def make_table(words: list[str], dtype: type = np.int8, n_dimensions: int = 24, seed: int = 3) -> WordTable:
    generator = np.random.default_rng(seed)
    rows = generator.normal(0, 1, (len(words), n_dimensions)).astype(np.float32)
    rows = to_int8(rows) if dtype is np.int8 else rows.astype(dtype)  # type: ignore[assignment]
    polarities = generator.uniform(-1, 1, len(words)).astype(np.float16)
    counts = np.arange(len(words), 0, -1, dtype=np.uint32) * 10
    return WordTable(words, rows, counts, polarities, {"느리다": ["느려요", "느렸어요"]})


@pytest.fixture
def vectors(tmp_path: Path) -> Vectors:
    publish_words(tmp_path / "words", WordsManifest("tiny-1"), make_table(WORDS))
    return Vectors.load(tmp_path / "words")


def gensim_twin(vectors: Vectors) -> Any:
    models = pytest.importorskip("gensim.models")
    twin = models.KeyedVectors(vectors.vectors.shape[1])
    twin.add_vectors(list(vectors.index_to_key), np.asarray(vectors.vectors, np.float32))
    return twin


def assert_same(ours: list[tuple[str, float]], gensims: list[tuple[str, float]]) -> None:
    """Equal scores in order; equal words but where two scores are the same."""
    assert [score for _, score in ours] == pytest.approx([score for _, score in gensims], abs=2e-6)
    of_gensim = dict(gensims)
    assert all(word not in of_gensim or score == pytest.approx(of_gensim[word], abs=2e-6) for word, score in ours)
    assert len(dict(ours).keys() - of_gensim.keys()) <= 1  # the last may tie with one left out


@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float32])
@pytest.mark.parametrize("topn", [0, 1, 10, 5_000])
def test_answers_equal_gensim(dtype: type, topn: int) -> None:
    words = [f"단어{number}" for number in range(5_000)]
    vectors = Vectors(make_table(words, dtype))
    twin = gensim_twin(vectors)
    questions = [(["단어1"], []), (["단어2", "단어3"], ["단어4"]), (["단어5"], ["단어6", "단어7"]), ([], ["단어8"])]
    for positive, negative in questions:
        assert_same(
            vectors.most_similar(positive, negative, topn=topn),
            twin.most_similar(positive, negative, topn=topn) if topn else [],
        )
        if positive:
            theirs = twin.most_similar_cosmul(positive, negative, topn=topn) if topn else []
            assert_same(vectors.most_similar_cosmul(positive, negative, topn=topn), theirs)


def test_the_odd_one_out_and_similarity_equal_gensim() -> None:
    words = [f"단어{number}" for number in range(300)]
    vectors = Vectors(make_table(words))
    twin = gensim_twin(vectors)
    for start in range(0, 300, 5):
        asked = words[start : start + 5]
        assert vectors.doesnt_match(asked) == twin.doesnt_match(asked)
        ours, theirs = vectors.rank_by_centrality(asked), twin.rank_by_centrality(asked)
        assert [word for _, word in ours] == [word for _, word in theirs]
        assert [cosine for cosine, _ in ours] == pytest.approx([cosine for cosine, _ in theirs], abs=1e-6)
        assert vectors.similarity(*asked[:2]) == pytest.approx(twin.similarity(*asked[:2]), abs=1e-6)
    assert vectors.key_to_index == twin.key_to_index


def test_shipped_answers_equal_gensim() -> None:
    vectors = Vectors.load()
    twin = gensim_twin(vectors)
    for word in vectors.index_to_key[::500]:
        assert_same(vectors.most_similar(word), twin.most_similar(word))
    assert_same(
        vectors.most_similar_cosmul(["빠르다", "나쁘다"], ["느리다"]),
        twin.most_similar_cosmul(positive=["빠르다", "나쁘다"], negative=["느리다"]),
    )


def test_the_vectors_stay_on_disk(vectors: Vectors) -> None:
    assert isinstance(vectors.vectors, np.memmap)
    assert not vectors.vectors.flags.writeable


def test_neighbours_say_how_often_and_which_way(vectors: Vectors) -> None:
    near = vectors.neighbours("배송", topn=3)
    assert len(near) == 3
    assert [n.cosine for n in near] == sorted((n.cosine for n in near), reverse=True)
    assert all(n.count and n.count >= 10 and -1 <= (n.polarity or 0) <= 1 for n in near)


def test_what_nobody_counted_is_none() -> None:
    table = make_table(["가", "나"])
    unknown = WordTable(table.words, table.vectors, np.zeros(2, np.uint32), np.full(2, np.nan, np.float16))
    (near,) = Vectors(unknown).neighbours("가")
    assert (near.count, near.polarity) == (None, None)


@pytest.mark.parametrize("ask", ["most_similar", "most_similar_cosmul", "neighbours", "__getitem__"])
def test_an_unknown_word_is_a_key_error(vectors: Vectors, ask: str) -> None:
    with pytest.raises(KeyError) as raised:
        getattr(vectors, ask)("뷁뷁")
    assert isinstance(raised.value, UnknownWordError)
    assert "뷁뷁" in str(raised.value)


def test_no_word_at_all_is_a_value_error(vectors: Vectors) -> None:
    with pytest.raises(ValueError, match="at least one"):
        vectors.most_similar()
    with pytest.raises(ValueError, match="positive"):
        vectors.most_similar_cosmul([], ["배송"])
    with pytest.raises(ValueError, match="at least one"):
        vectors.doesnt_match([])


def test_forms_and_prefixes_lead_to_words(vectors: Vectors) -> None:
    assert vectors.find("느렸어요!").word == "느리다"
    assert vectors.suggest("배") == ["배송"]


def test_characters_of_the_classifier(tiny_model: Path) -> None:
    characters = Vectors.of_classifier(tiny_model)
    assert characters.vectors.shape == (len(characters), 16)
    assert characters.neighbours("굿", topn=2)[0].cosine == pytest.approx(1)
    assert characters.neighbours("굿")[0].word in "좋짱"
    with pytest.raises(UnknownWordError):
        characters.neighbours("뷁")


def test_a_damaged_folder_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    publish_words(folder, WordsManifest("tiny-1"), make_table(WORDS))
    (folder / FORMS).write_text("{}")
    with pytest.raises(VectorsError, match=r"forms\.json is damaged"):
        Vectors.load(folder)
    (folder / MANIFEST).write_text('{"format": 1, "sha256": {}}')
    with pytest.raises(VectorsError, match="version"):
        Vectors.load(folder)


def test_no_folder_or_a_foreign_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="vectors train"):
        Vectors.load(tmp_path / "nothing")
    (tmp_path / "cc.ko.300.vec").write_text("1 2\n가 1 2\n")
    with pytest.raises(VectorsError, match="vectors load"):
        Vectors.load(tmp_path / "cc.ko.300.vec")


def test_publishing_replaces_what_was_there_and_leaves_nothing_aside(tmp_path: Path) -> None:
    for words in (["가", "나"], ["다", "라"]):
        publish_words(tmp_path / "words", WordsManifest("tiny-1"), make_table(words))
    assert Vectors.load(tmp_path / "words").index_to_key == ["다", "라"]
    assert [path.name for path in tmp_path.iterdir()] == ["words"]


def test_what_ships_is_small_plain_and_whole() -> None:
    files = list(PRETRAINED_WORDS.iterdir())
    assert {path.suffix for path in files} == {".json", ".npy"}
    assert sum(path.stat().st_size for path in files) <= 4_000_000
    assert len(Vectors.load()) >= 15_000
    np.load(PRETRAINED_WORDS / VECTORS, allow_pickle=False)


def test_queries_import_neither_gensim_nor_kiwi_nor_matplotlib() -> None:
    program = (
        "import sys; from model.vectors.keyed_vectors import Vectors\n"
        "v = Vectors.load(); v.neighbours('배송'); v.suggest('배')\n"
        "assert not {'gensim', 'kiwipiepy', 'matplotlib', 'scipy', 'pandas', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_manifest_holds_how_the_vectors_were_judged() -> None:
    metrics = json.loads((PRETRAINED_WORDS / MANIFEST).read_text(encoding="utf-8"))["metrics"]
    ours, plain = (metrics[name]["odd_rows"]["n_found"] for name in ("shipped", "word2vec_on_spaces"))
    assert ours > plain


def test_rounding_to_int8_keeps_the_direction() -> None:
    rows = np.random.default_rng(5).normal(0, 1, (200, 100)).astype(np.float32)
    rounded = to_int8(rows).astype(np.float32)
    cosines = (rows * rounded).sum(axis=1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(rounded, axis=1)
    assert cosines.min() > 0.9999
    assert not to_int8(np.zeros((1, 4), np.float32)).any()


def test_a_word_without_direction_is_near_nothing() -> None:
    rows = np.array([[0, 0], [1, 0], [1, 1]], np.int8)
    table = WordTable(["영", "하나", "둘"], rows, np.ones(3, np.uint32), np.zeros(3, np.float16))
    assert {cosine for _, cosine in Vectors(table).most_similar("영")} == {0.0}
