"""The sentences written for Jigi to learn from, and the grammar that writes more."""

import csv

import numpy as np
import pytest

from model.corpora.corpus import Split, make_corpus
from model.corpora.shipped import shipped_sentences
from model.corpora.splits import Corpora
from model.corpora.templates import fill, generate_sentences
from model.data.paths import ANNOUNCEMENTS, GOLDEN, MIXED_REVIEWS

FILLERS = {"thing": ["가방"], "colour": ["회색", "검정"], "size": ["90", "라지"]}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{thing}[은는] 얼마예요", "가방은 얼마예요"),
        ("의자[은는] 얼마예요", "의자는 얼마예요"),
        ("{thing}[이랑랑] 의자", "가방이랑 의자"),
        ("매장[으로로] 오세요", "매장으로 오세요"),
        ("이메일[으로로] 오세요", "이메일로 오세요"),  # ㄹ is no final consonant to 으로
        ("260[은는] 품절", "260은 품절"),
        ("255[은는] 품절", "255는 품절"),
    ],
)
def test_particles_follow_what_stands_before_them(template: str, filled: str) -> None:
    assert fill(template, FILLERS, np.random.default_rng(0)) == filled


def test_no_filler_stands_twice_in_a_sentence() -> None:
    sentences = {fill("{colour} {colour}", FILLERS, np.random.default_rng(seed)) for seed in range(9)}
    assert sentences == {"회색 검정", "검정 회색"}


def test_the_grammar_writes_many_distinct_sentences_and_the_same_for_a_seed() -> None:
    first, again = (generate_sentences(["question", "statement"], 30, np.random.default_rng(1)) for _ in range(2))
    assert first == again
    assert len(first) == len(set(first)) > 3000
    assert not any(character in sentence for sentence in first for character in "{}[]")


def held_out(*texts: str) -> Corpora:
    corpus = make_corpus("held-out", texts, np.zeros(len(texts)))
    nothing = corpus.take(np.zeros(len(corpus), bool))
    return Corpora(Split(nothing, nothing, corpus), None, None, None, corpus)


def test_sentences_that_models_are_judged_by_are_not_learned() -> None:
    stock = ANNOUNCEMENTS.read_text(encoding="utf-8").splitlines()[0]
    (judged,) = make_corpus("judged", [stock], np.zeros(1)).texts
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = {row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    learned = [text for corpus in shipped_sentences(1, held_out(judged)) for text in corpus.texts]
    assert judged not in learned
    assert judged in [text for corpus in shipped_sentences(1, held_out("다른 말")) for text in corpus.texts]
    assert not golden & set(learned)


def test_neutral_and_mixed_sentences_are_many() -> None:
    n_neutral, n_mixed_reviews = (
        len(path.read_text(encoding="utf-8").splitlines()) for path in (ANNOUNCEMENTS, MIXED_REVIEWS)
    )
    assert n_neutral + n_mixed_reviews > 1300
