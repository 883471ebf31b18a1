"""Serving: predictions, explanations, and equality with Keras."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.classifier import Classifier
from model.prediction import Label, Prediction
from model.reading.read import read
from model.reading.windows import combine, windows
from model.versions.version import PRETRAINED
from model.vocabulary import Vocabulary
from tests.support.tiny_model import publish_model, random_weights

VOCABULARY = Vocabulary("가나다라마바사아자차카타파하 0123456789ㅋㅠ")
TEXTS = ["", "가", " ", "뷁", "가나다 라마바", "하하하사" * 25, "사자" * 49, "카타" * 80, "ㅋㅋㅋ 123 없는글자", "😀"]


@pytest.fixture(scope="module")
def random_classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = tmp_path_factory.mktemp("random") / "random-1"
    return Classifier.load(publish_model(folder, VOCABULARY, random_weights(len(VOCABULARY)), "random-1", 0.9))


def test_serving_equals_keras_on_texts_of_every_length(random_classifier: Classifier) -> None:
    network = pytest.importorskip("model.training.network").book_network(len(VOCABULARY))
    network.set_weights(list(random_weights(len(VOCABULARY)).values()))
    generator = np.random.default_rng(1)
    texts = TEXTS + ["".join(generator.choice(list(VOCABULARY.characters), n)) for n in range(0, 120, 3)]
    texts = list(dict.fromkeys(part for text in texts for part in windows(read(text))))
    assert {0, 1, 100} <= set(map(len, texts))
    expected = network.predict(VOCABULARY.encode(texts), verbose=0)[:, 0]
    np.testing.assert_allclose(random_classifier.probabilities(texts), expected, rtol=0, atol=1e-5)


def test_a_long_text_is_read_whole(random_classifier: Classifier) -> None:
    text = " ".join(["가나다라마바사", "아자차카", "타파하 가"] * 10)
    parts = windows(read(text))
    assert len(parts) == 2
    of_parts = random_classifier.probabilities(parts).tolist()
    expected = combine(of_parts, [len(part) for part in parts])
    assert random_classifier.probabilities([text, "가"])[0] == pytest.approx(expected, abs=1e-6)
    explanation = random_classifier.explain(text)
    assert explanation.prediction.probability == pytest.approx(expected, abs=1e-6)
    assert explanation.characters == parts[int(np.argmin(of_parts))]
    assert len(explanation.influences) == len(explanation.characters)


def test_a_text_scores_the_same_alone_and_in_any_batch(random_classifier: Classifier) -> None:
    texts = TEXTS * 60
    together = random_classifier.probabilities(texts)
    alone = [random_classifier.probabilities([text])[0] for text in TEXTS]
    np.testing.assert_allclose(together, alone * 60, rtol=0, atol=1e-6)


def test_nothing_to_classify_gives_nothing(random_classifier: Classifier) -> None:
    assert random_classifier.classify([]) == []


def test_decomposed_and_invisible_characters_change_nothing(classifier: Classifier) -> None:
    text = "배송이 늦고 별로예요"
    variants = [text, unicodedata.normalize("NFD", text), "\u200b".join(text), "\u3164".join(text)]
    assert len(set(classifier.classify(variants))) == 1


def test_spaced_out_syllables_read_like_joined_ones(classifier: Classifier) -> None:
    spaced, joined = classifier.classify(["배 송 이 늦 어 요", "배송이늦어요"])
    assert spaced == joined
    assert classifier.explain("배 송 이 늦 어 요").characters == "배송이늦어요"


@given(st.text(st.characters()))
def test_no_text_of_any_kind_raises(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.classify([text])
    assert 0.0 <= prediction.probability <= 1.0


def test_several_threads_may_ask_at_once(random_classifier: Classifier) -> None:
    expected = random_classifier.classify(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        assert all(answer == expected for answer in pool.map(random_classifier.classify, [TEXTS] * 50))


def test_label_and_flag_follow_their_own_rules() -> None:
    assert Prediction(0.5).label is Label.NEGATIVE
    assert Prediction(0.51).label is Label.POSITIVE
    assert Prediction(0.1).is_flagged(0.9)
    assert not Prediction(0.11).is_flagged(0.9)


def test_the_character_that_made_it_negative_weighs_most(classifier: Classifier) -> None:
    explanation = classifier.explain("배송이 늦었어요!")
    assert explanation.characters == "배송이 늦었어요"
    assert len(explanation.influences) == len(explanation.characters)
    assert explanation.characters[int(np.argmax(explanation.influences))] == "늦"
    assert explanation.prediction == classifier.classify(["배송이 늦었어요!"])[0]


def test_an_explanation_covers_the_characters_that_were_read(classifier: Classifier) -> None:
    assert len(classifier.explain("가나" * 75).influences) in (50, 100)
    assert classifier.explain("").influences == ()


def test_the_shipped_model_answers_the_books_sentences_as_the_book_does() -> None:
    expected = {
        "여기 상품 정말 좋네요! 추천합니다.": Label.POSITIVE,
        "판매자님... 너무 짱이에요.. 대박나삼": Label.POSITIVE,
        "ㄱㄴㅇㄹㄴㅇㄹㄴㅇ리뷰쓰기도 귀찮아": Label.NEGATIVE,
        "별로예요. 기대했던 것보다 못해요.": Label.NEGATIVE,
        "진짜 배송도 늦고 개짜증나네요. 뭐 이런 걸 상품이라고 만듦?": Label.NEGATIVE,
    }
    shipped = Classifier.load()
    for form in ("NFC", "NFD"):
        texts = [unicodedata.normalize(form, text) for text in expected]
        assert [p.label for p in shipped.classify(texts)] == list(expected.values())


def test_the_shipped_model_is_smaller_than_a_megabyte() -> None:
    assert sum(file.stat().st_size for file in PRETRAINED.rglob("*")) < 1_000_000


def test_so_many_that_all_cores_are_used_are_answered_in_order(random_classifier: Classifier) -> None:
    many = [TEXTS[number % len(TEXTS)] for number in range(2_100)]
    expected = dict(zip(TEXTS, random_classifier.classify(TEXTS), strict=True))
    answers = random_classifier.classify(many)
    assert all(abs(a.probability - expected[text].probability) < 1e-6 for a, text in zip(answers, many, strict=True))
