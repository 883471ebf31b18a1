"""The shipped model answers as it did when it was published: cleaned text, ids and probability of chosen sentences.

`python -m tests.model.test_reference` writes the file anew, after a model was published on purpose.
"""

import json
import unicodedata
from pathlib import Path

import pytest

from model.classifier import Classifier
from model.corpora.splits import load_corpora
from model.evaluation.evaluate import evaluate
from model.reading.read import read
from model.training.recipes import find_recipe
from model.versions.version import PRETRAINED, read_manifest
from tests.support.paths import needs_corpora

REFERENCE = Path(__file__).parent / "reference.json"
SENTENCES = [
    "",
    "배송이 일주일이나 걸렸는데 포장도 다 찢어져 있었어요.",
    "생각보다 훨씬 튼튼하고 예뻐요! 또 살게요 ㅎㅎ",
    "오늘 저녁 뭐 먹지?",
    "ㄹㅇ 노잼 ㅡㅡ",
    "그냥저냥 볼만했어요",
    unicodedata.normalize("NFD", "환불해 주세요 불량이에요"),
    "별\u200b로\u3164예\ufeff요",
    "돈 이 아 까 워 요",
    "뷁 쒧 English 123 😀",
    "아주 " * 40 + "좋아요",
]


def answers() -> list[dict[str, object]]:
    classifier = Classifier.load()
    return [
        {
            "text": text,
            "cleaned": read(text),
            "ids": classifier.vocabulary.ids(read(text)).tolist(),
            "probability": round(prediction.probability, 6),
        }
        for text, prediction in zip(SENTENCES, classifier.classify(SENTENCES), strict=True)
    ]


def test_the_shipped_model_answers_as_when_it_was_published() -> None:
    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    assert reference["version"] == Classifier.load().version
    for expected, got in zip(reference["answers"], answers(), strict=True):
        assert got == expected | {"probability": pytest.approx(expected["probability"], abs=1e-5)}


def test_the_manifest_says_what_evaluation_measures() -> None:
    folder = needs_corpora()
    manifest, classifier = read_manifest(PRETRAINED), Classifier.load()
    recipe = find_recipe(manifest.provenance["recipe"]["name"])
    measured = evaluate(classifier, load_corpora(folder, as_the_book=recipe.splits_as_the_book), classifier.threshold)
    assert measured["chat"]["flagged"] <= 0.005
    assert measured["community"]["flagged"] <= 0.015
    for corpus in ("naver-shopping", "nsmc", "nsmc-neutral", "chat", "community", "requests"):
        for name, figure in measured[corpus].items():
            if isinstance(figure, float):
                assert manifest.metrics[corpus][name] == pytest.approx(figure, abs=1e-3), (corpus, name)


if __name__ == "__main__":
    document = {"version": Classifier.load().version, "answers": answers()}
    REFERENCE.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
