"""Training: a run from corpora to a published version."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from model.training.recipes import BOOK, Recipe
from model.versions.version import read_manifest

pytest.importorskip("tensorflow")

from model.corpora.splits import load_corpora
from model.errors import CorpusError
from model.events import (
    BatchEvent,
    DoneEvent,
    EpochEvent,
    Event,
    TeacherEvent,
    decode,
    encode,
)
from model.examples import Example, ExampleLabel
from model.training.train import Run, train

TINY = Recipe(
    name="tiny", epochs=2, batch_size=32, learning_rate=1e-2, uses_cosine=True, movie_negative_repeats=1.0,
    n_mixed_reviews=20, chat_repeats=1.0, shipped_chat_repeats=0.05, teacher_share=0.5, teacher_sharpness=2.0,
    n_recombined=50, spaced_share=0.05, dropout=0.1, announcement_repeats=0.05,
    shipped_mixed_review_repeats=0.1, n_templated=20, community_repeats=1.0, community_recombined_repeats=0.5,
    request_repeats=1.0, opinion_repeats=1.0, opinion_weight=0.5, shipped_talk_repeats=0.05,
    shipped_review_repeats=0.05, n_templated_reviews=20, unrated_repeats=1.0, tail_weight=0.1,
)  # fmt: skip
TALK = ["community-opinions", "chat", "community", "requests"]


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    """Write small corpora whose words give the answer away."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    things = ["배송", "포장", "색상", "가격", "크기", "재질", "사은품", "설명서", "손잡이", "뚜껑"]
    ways = [f"{thing} {number}번째 주문" for thing in things for number in range(40)]
    shopping = [f"{5 if n % 2 else 1}\t{way} {'좋아요' if n % 2 else '별로예요'}" for n, way in enumerate(ways)]
    movies = [f"{n}\t{way} {'감동' if n % 2 else '지루함'}\t{n % 2}" for n, way in enumerate(ways)]
    (folder / "naver_shopping.txt").write_text("\n".join(shopping))
    (folder / "ratings_train.txt").write_text("id\tdocument\tlabel\n" + "\n".join(movies))
    (folder / "everyday_chat.txt").write_text("\n".join(f"{way} 언제 할까" for way in ways))
    talk = [f"NOT\tNON\tNEU\t{way} 얘기 중" for way in ways[:100]]
    opinions = [
        f"NOT\tNON\t{'POS' if n % 2 else 'NEG'}\t{way} {'최고' if n % 2 else '싫다'}" for n, way in enumerate(ways)
    ]
    (folder / "kodoli.tsv").write_text("\n".join(["offensiveness\tabuse\tsentiment\tsentence", *talk, *opinions]))
    (folder / "kodoli_train.tsv.gz").write_bytes(gzip.compress((folder / "kodoli.tsv").read_bytes()))
    (folder / "3i4k.txt").write_text("\n".join(f"1\t{way} 알려 줘" for way in ways))
    unrated = "\n".join(f"{way} 또 사요" for way in ways[:50])
    (folder / "naver_shopping_unrated.txt.gz").write_bytes(gzip.compress(unrated.encode()))
    return folder


def run(corpora: Path, recipe: Recipe, output: Path) -> Run:
    return Run(
        recipe,
        load_corpora(corpora, as_the_book=recipe.splits_as_the_book),
        1,
        output,
        output.with_suffix(".checkpoints"),
        "a test",
    )


def test_a_run_ends_in_a_version_that_serves_and_says_how_it_was_made(
    corpora: Path, tmp_path: Path, tiny_model: Path
) -> None:
    events: list[Event] = []
    examples = (Example("뚜껑 언제 와요", ExampleLabel.NEUTRAL), Example("뚜껑 별로예요", ExampleLabel.NEGATIVE))
    described = replace(run(corpora, TINY, tmp_path / "tiny-1"), examples=examples, current=tiny_model)
    manifest, gate = train(described, events.append)
    assert gate is not None
    assert isinstance(events[-1], DoneEvent)
    assert (events[-1].gate, events[-1].metrics) == (gate, manifest.metrics)
    assert manifest.provenance["n_examples"] == 2
    assert read_manifest(tmp_path / "tiny-1") == manifest
    assert manifest.provenance["recipe"]["name"] == "tiny"
    assert manifest.provenance["seed"] == 1
    assert manifest.metrics["largest_difference_to_keras"] <= 1e-5
    assert {"naver-shopping", "nsmc", "chat", "community", "requests", "golden", "evasions"} <= set(manifest.metrics)
    assert len(manifest.provenance["history"]["val_loss"]) == 2
    assert (tmp_path / "tiny-1" / "learning_curves.png").read_bytes().startswith(b"\x89PNG")
    kinds = [type(event) for event in events if not isinstance(event, BatchEvent)]
    assert kinds == [TeacherEvent, EpochEvent, EpochEvent, DoneEvent]
    assert [decode(encode(event)) for event in events] == events
    assert len(Classifier.load(tmp_path / "tiny-1").classify(["배송 좋아요"])) == 1


@pytest.mark.parametrize(
    ("corpus", "names"), [("nsmc", ["nsmc", *TALK]), ("naver-shopping", ["naver-shopping", *TALK])]
)
def test_only_the_named_reviews_are_learned(corpora: Path, corpus: str, names: list[str]) -> None:
    assert [split.train.name for split in load_corpora(corpora, corpus).splits()] == names


@pytest.mark.parametrize(("corpus", "file"), [("nsmc", "ratings_train.txt"), ("naver-shopping", "naver_shopping.txt")])
def test_reviews_that_are_not_there_are_asked_for(corpora: Path, corpus: str, file: str) -> None:
    (corpora / file).unlink()
    with pytest.raises(CorpusError, match=f"must hold {file}. Fetch it with `python -m model download {corpus}`"):
        load_corpora(corpora, corpus)


def test_the_network_learns_what_the_words_give_away(corpora: Path, tmp_path: Path) -> None:
    recipe = replace(BOOK, epochs=12, learning_rate=1e-2)
    manifest, _ = train(run(corpora, recipe, tmp_path / "book"), lambda event: None)
    assert manifest.metrics["naver-shopping"]["accuracy"] > 0.95


def test_a_broken_run_goes_on_from_its_last_epoch(corpora: Path, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def die_after_the_first_epoch(event: Event) -> None:
        if isinstance(event, EpochEvent):
            raise Killed

    recipe = replace(TINY, epochs=3)
    with pytest.raises(Killed):
        train(run(corpora, recipe, tmp_path / "m"), die_after_the_first_epoch)
    assert not (tmp_path / "m").exists()
    events: list[Event] = []
    manifest, _ = train(run(corpora, recipe, tmp_path / "m"), events.append)
    epochs = [event.epoch for event in events if isinstance(event, EpochEvent)]
    assert epochs in ([1, 2, 3], [2, 3])  # Keras saves an epoch after its callbacks have run
    assert len(manifest.provenance["history"]["loss"]) == 3


def test_training_on_begins_with_the_versions_weights_and_vocabulary(corpora: Path, tmp_path: Path) -> None:
    train(run(corpora, TINY, tmp_path / "first"), lambda event: None)
    still = replace(
        run(corpora, replace(TINY, epochs=1, learning_rate=1e-12), tmp_path / "next"), base=tmp_path / "first"
    )
    manifest, _ = train(still, lambda event: None)
    texts = ["배송 1번째 주문 좋아요", "별로예요"]
    first, second = (Classifier.load(tmp_path / name).probabilities(texts) for name in ("first", "next"))
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert manifest.provenance["base"]["recipe"]["name"] == "tiny"
