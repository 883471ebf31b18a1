"""From reviews to published vectors, and vectors made elsewhere."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest

pytest.importorskip("gensim")
pytest.importorskip("kiwipiepy")

from model.__main__ import main
from model.corpora.corpus import make_corpus
from model.data.paths import CHAT, GOLDEN
from model.errors import CorpusError, VectorsError
from model.vector_training.compounds import Compounds
from model.vector_training.foreign import load_foreign, read_catalog
from model.vector_training.morphemes import analyse_corpus
from model.vector_training.train import WordRecipe, WordRun, read_corpora, train_vectors, without_common
from model.vector_training.word_pairs import Pair, count_found_pairs, pairs_table, read_pairs
from model.vectors.keyed_vectors import Vectors

REVIEWS = ["배송이 느려요ㅠㅠ", "재미없어요 노잼ㅋㅋㅋㅋ", "저렴해서 좋아요", "환불했어요 별로예요", "비추 안 사요"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> WordRun:
    folder = tmp_path_factory.mktemp("training")
    recipe = replace(WordRecipe(), vector_size=16, epochs=2, n_words=2_000)
    return WordRun(recipe, read_corpora([GOLDEN, CHAT]), 7, folder / "words", folder / "checkpoints", "a command")


def test_texts_become_words_in_dictionary_form(tmp_path: Path) -> None:
    corpus = make_corpus("reviews", REVIEWS, np.array([0, 0, 1, 0, 0]))
    lines = analyse_corpus(corpus, tmp_path, "key").words.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "0\t배송 느리다 ㅠㅠ"
    assert lines[1].endswith("ㅋㅋ")
    assert lines[2].replace(" =", "") == "1\t저렴하다 좋다"
    assert lines[4] == "0\t비추 안 사다"


def test_an_analysed_corpus_is_not_analysed_again(tmp_path: Path) -> None:
    corpus = make_corpus("reviews", REVIEWS, np.zeros(len(REVIEWS)))
    files = analyse_corpus(corpus, tmp_path, "key")
    files.words.write_text("0\t표시\n", encoding="utf-8")
    assert analyse_corpus(corpus, tmp_path, "key").words.read_text(encoding="utf-8") == "0\t표시\n"


def test_written_forms_are_counted_with_their_words(tmp_path: Path) -> None:
    corpus = make_corpus("reviews", ["느려요", "너무 느려요", "느려요ㅠㅠ 그냥"], np.zeros(3))
    forms = json.loads(analyse_corpus(corpus, tmp_path, "key").forms.read_text(encoding="utf-8"))
    assert ["느려요", "느리다", 3] in forms


def test_what_stands_together_often_becomes_one_word() -> None:
    lines = [["재미", "+없다"]] * 30 + [["배송", "+상태"]] * 30 + [["배송"], ["상태"]] * 300
    compounds = Compounds.learn(lines, min_count=5, threshold=0.05, independence=0.5)
    assert compounds.join(["재미", "+없다"]) == ["재미없다"]
    assert compounds.join(["배송", "+상태"]) == ["배송", "상태"]
    assert compounds.join(["재미", "없다"]) == ["재미", "없다"]


def test_a_suffix_makes_a_verb_but_of_independent_nouns() -> None:
    lines = [["저렴", "=하다"]] * 10 + [["환불", "=하다"]] + [["환불"]] * 9
    compounds = Compounds.learn(lines, min_count=5, threshold=10, independence=0.5)
    assert compounds.join(["저렴", "=하다", "환불", "=하다"]) == ["저렴하다", "환불"]


def test_training_publishes_what_serving_opens(run: WordRun) -> None:
    manifest = train_vectors(run)
    vectors = Vectors.load(run.output)
    assert 0 < len(vectors) <= 2_000
    assert vectors.vectors.dtype == np.int8
    counts = [vectors.describe(word).count or 0 for word in vectors.index_to_key]
    assert counts == sorted(counts, reverse=True)
    assert manifest.provenance["command"] == "a command"
    assert {"shipped", "word2vec_on_spaces"} <= set(manifest.metrics)


def test_words_lean_as_their_reviews_do(run: WordRun) -> None:
    train_vectors(run)
    vectors = Vectors.load(run.output)
    polarities = {word: vectors.describe(word).polarity for word in ("좋다", "별로")}
    assert (polarities["좋다"] or 0) > 0 > (polarities["별로"] or 0)


def test_the_same_seed_gives_the_same_vectors(run: WordRun, tmp_path: Path) -> None:
    train_vectors(run)
    train_vectors(replace(run, output=tmp_path / "again"))
    assert np.array_equal(Vectors.load(run.output).vectors, Vectors.load(tmp_path / "again").vectors)


def test_pairs_are_enough_and_none_stands_twice() -> None:
    pairs = read_pairs()
    assert len(pairs) >= 60
    assert len(set(pairs)) == len(pairs)
    assert {"synonym", "antonym", "domain"} == set(Counter(pair.kind for pair in pairs))


def test_a_pair_is_found_when_the_partner_is_near() -> None:
    class Near:
        def __contains__(self, word: object) -> bool:
            return word != "모름"

        def most_similar(self, positive: str, *, topn: int) -> list[tuple[str, float]]:
            return [("택배", 0.9)]

    pairs = [Pair("배송", "택배", "domain"), Pair("모름", "택배", "domain"), Pair("환불", "택배", "antonym")]
    judged = count_found_pairs(Near(), pairs)
    assert judged["all"] == {"n_pairs": 2, "n_known": 1, "n_found": 1}
    assert judged["even_rows"]["n_pairs"] == judged["odd_rows"]["n_pairs"] == 1
    assert judged["antonym"] == {"n_pairs": 1, "n_known": 1, "n_found": 1}
    assert "1/2" in pairs_table({"candidate": judged})


def test_no_corpus_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="download"):
        read_corpora([tmp_path])


def test_talk_is_read_by_its_publishers_names_and_leans_nowhere(tmp_path: Path) -> None:
    talk = (
        "offensiveness,sentiment,sentences\nNOT,NEU,오늘 퇴근이 늦네\nNOT,POS,이 게임 재밌다\nNOT,NEG,이 게임 별로다\n"
    )
    (tmp_path / "kodoli.csv").write_text(talk, encoding="utf-8")
    (tmp_path / "3i4k.txt").write_text("2\t몇 시에 와\n", encoding="utf-8")
    (tmp_path / "chatbot.csv").write_text("Q,A,label\n배고프다,드세요,0\n", encoding="utf-8")
    read = {corpus.name: (len(corpus), set(corpus.targets)) for corpus in read_corpora([tmp_path])}
    neutral = {np.float32(0.5)}
    assert read == {"chat": (1, neutral), "community": (3, neutral), "requests": (1, neutral)}


WORDS = ["배송", "택배", "굿"]


def keyed_vectors() -> Any:
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(8)
    vectors.add_vectors(WORDS, np.random.default_rng(1).normal(0, 1, (3, 8)).astype(np.float32))
    return vectors


@pytest.mark.parametrize("kind", ["text", "binary", "gensim", "text.gz"])
def test_foreign_vectors_answer_as_before(tmp_path: Path, kind: str) -> None:
    source, path = keyed_vectors(), tmp_path / f"some.{kind}"
    if kind == "gensim":
        source.save(str(path))
    else:
        source.save_word2vec_format(str(path), binary=kind == "binary")
    assert load_foreign(path, tmp_path / "out", 100, "a command") == 3
    ours, theirs = Vectors.load(tmp_path / "out").most_similar("배송"), source.most_similar("배송")
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    assert [cosine for _, cosine in ours] == pytest.approx([cosine for _, cosine in theirs], abs=1e-5)
    assert Vectors.load(tmp_path / "out").describe("배송").count is None


def test_fasttexts_own_binary_is_read(tmp_path: Path) -> None:
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    model = FastText([WORDS] * 20, vector_size=8, min_count=1, seed=1, workers=1, bucket=100)
    save_facebook_model(model, str(tmp_path / "cc.bin"))
    assert load_foreign(tmp_path / "cc.bin", tmp_path / "out", 2, "a command") == 2
    assert len(Vectors.load(tmp_path / "out")) == 2


@pytest.mark.parametrize("content", [b"", b"no vectors here", b"\x80\x04broken", b"3 8\n\x00\x01"])
def test_a_file_of_another_kind_is_refused_kindly(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(VectorsError):
        load_foreign(tmp_path / "file", tmp_path / "out", 100, "")
    with pytest.raises(VectorsError):
        load_foreign(tmp_path / "missing", tmp_path / "out", 100, "")


def test_the_catalog_offline_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def offline(*_: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr("gensim.downloader.urlopen", offline)
    monkeypatch.setattr("gensim.downloader.BASE_DIR", str(tmp_path))
    with pytest.raises(VectorsError, match="vectors load"):
        read_catalog()


def command(*arguments: str) -> None:
    assert main(arguments) == 0


def test_similar_answers_in_the_terminal(tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command("similar", "느려요", "--topn", "3", "--picture", str(tmp_path / "near.png"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "느리다:"
    assert len(lines) == 4
    assert (tmp_path / "near.png").read_bytes().startswith(b"\x89PNG")
    command("similar", "굿", "--layer", "classifier", "--model", str(tiny_model), "--json")
    assert json.loads(capsys.readouterr().out)[0]["cosine"] == pytest.approx(1)


def test_similar_names_what_may_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", "배숑"]) == 1
    assert "배송" in capsys.readouterr().err


def test_commands_train_load_and_evaluate(run: WordRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if run.checkpoints.exists():  # an earlier test has analysed the same texts
        shutil.copytree(run.checkpoints, tmp_path / "words.checkpoints")
    corpora = [str(GOLDEN), str(CHAT)]
    command("vectors", "train", "--corpus", *corpora, "--epochs", "1", "--output", str(tmp_path / "words"))
    assert "VECTORS=" in capsys.readouterr().out
    command("vectors", "evaluate", "--vectors", str(tmp_path / "words"), "--json")
    assert json.loads(capsys.readouterr().out)["words"]["all"]["n_pairs"] == 80
    keyed_vectors().save_word2vec_format(str(tmp_path / "some.vec"))
    command("vectors", "load", str(tmp_path / "some.vec"), "--output", str(tmp_path / "some"))
    assert "3 words" in capsys.readouterr().out


def test_what_all_words_share_is_taken_out() -> None:
    from gensim.models import KeyedVectors

    rows = np.random.default_rng(2).normal(0, 1, (50, 8)).astype(np.float32)
    rows[:, 0] += 5
    source = KeyedVectors(8)
    source.add_vectors([f"단어{number}" for number in range(50)], rows)
    cleared = without_common(source, 2).vectors
    assert np.allclose(cleared.mean(axis=0), 0, atol=1e-6)
    assert np.linalg.matrix_rank(cleared, tol=1e-4) == 6
