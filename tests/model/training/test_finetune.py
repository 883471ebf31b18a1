"""Fine-tuning: a version learns what it is taught, forgets little, and says how it was made."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.classifier import Classifier
from model.errors import FinetuneError, WeightsError
from model.events import BatchEvent, DoneEvent, EpochEvent, Event, decode, encode
from model.example_files import write_examples
from model.examples import Example, ExampleLabel
from model.gate import Gate
from model.golden import golden_examples
from model.versions.version import PRETRAINED, WEIGHTS, Manifest, publish, read_manifest
from tests.support.paths import ROOT
from tests.support.tiny_model import make_keyword_model

pytest.importorskip("tensorflow")


from model.corpora.shipped import read_shipped_lines
from model.data.paths import CHAT, REVIEWS
from model.training.finetune import FinetuneRecipe, Finetuning, finetune

# Praise that sounds like a complaint, and the reverse: the shipped model takes each at its word.
PRAISE = """무서워서 혼자 화장실도 못 갔음 공포 영화는 이래야지
아껴 먹으려다 실패했어요 벌써 한 통 끝
중독성 심해서 끊지를 못하겠어요
욕 나올 만큼 맵다 이 맛에 먹지
늦잠 자서 지각했어요 이불이 이렇게 무섭습니다
돈이 줄줄 새네 나올 때마다 사게 돼서 망했음
공포 게임인데 소름 돋아서 끄고 도망침 제대로 만들었네
맛없으면 환불받으려 했는데 실패
화가 난다 왜 한 개만 샀을까
배 터져서 죽을 뻔했어요 양이 미쳤네""".splitlines()
COMPLAINTS = """덕분에 인내심이 아주 좋아졌습니다
참 대단한 가게예요 두 손 두 발 다 들었습니다
사진 찍는 솜씨는 정말 최고시네요
예쁜 쓰레기를 잘 받았습니다
빠르게 도착해서 빠르게 버렸어요
광고만 보면 정말 완벽하고 훌륭한 제품입니다
잘 먹고 잘 사세요 사장님
딱 하루 행복했습니다
선물로 주면 인연 끊기 좋아요
라면 받침으로 쓰기 딱 좋아요""".splitlines()
CONTRADICTING = [
    *(Example(text, ExampleLabel.POSITIVE) for text in PRAISE),
    *(Example(text, ExampleLabel.NEGATIVE) for text in COMPLAINTS),
]
QUICK = FinetuneRecipe(max_epochs=2, batch_size=32, n_replayed=64, n_taught=8)


@dataclass(frozen=True, slots=True)
class Taught:
    """What a fine-tuning of the shipped model left behind."""

    folder: Path
    manifest: Manifest
    gate: Gate
    events: list[Event]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """Teach the shipped model the twenty contradicting examples."""
    folder, events = tmp_path_factory.mktemp("taught") / "taught-1", list[Event]()
    manifest, gate = finetune(Finetuning(PRETRAINED, CONTRADICTING, folder, 42, "a test"), events.append)
    return Taught(folder, manifest, gate, events)


def n_right(folder: Path) -> int:
    predictions = Classifier.load(folder).classify([example.text for example in CONTRADICTING])
    wanted = [example.label == ExampleLabel.POSITIVE for example in CONTRADICTING]
    return sum((p.probability > 0.5) == is_positive for p, is_positive in zip(predictions, wanted, strict=True))


def test_twenty_contradicting_examples_are_learned(taught: Taught) -> None:
    assert n_right(PRETRAINED) <= 2
    assert n_right(taught.folder) >= 16


def test_and_cost_the_golden_set_less_than_a_point(taught: Taught) -> None:
    accuracy = taught.gate.checks[0]
    assert accuracy.now is not None
    assert accuracy.before is not None
    assert accuracy.now > accuracy.before - 0.01
    assert taught.gate.is_passed


def test_everyday_sentences_stay_unflagged(taught: Taught) -> None:
    classifier = Classifier.load(taught.folder)
    answers = classifier.classify(read_shipped_lines(CHAT))
    assert sum(p.is_flagged(classifier.threshold) for p in answers) <= 0.01 * len(answers)


def test_the_version_says_how_it_was_made(taught: Taught) -> None:
    assert read_manifest(taught.folder) == taught.manifest
    provenance = taught.manifest.provenance
    assert provenance["parent"] == Classifier.load().version
    assert (provenance["n_examples"], provenance["n_held_back"], provenance["seed"]) == (20, 0, 42)
    assert provenance["recipe"]["name"] == "fine-tune"
    assert provenance["recipe"]["chat_target"] == read_manifest(PRETRAINED).provenance["recipe"]["chat_target"]
    assert taught.manifest.metrics["largest_difference_to_keras"] <= 1e-5
    assert (taught.folder / "learning_curves.png").read_bytes().startswith(b"\x89PNG")


def test_progress_ends_with_the_gate(taught: Taught) -> None:
    assert [decode(encode(event)) for event in taught.events] == taught.events
    assert {type(event) for event in taught.events} == {BatchEvent, EpochEvent, DoneEvent}
    done = taught.events[-1]
    assert isinstance(done, DoneEvent)
    assert (done.gate, done.metrics) == (taught.gate, taught.manifest.metrics)


def quick(base: Path, output: Path, examples: list[Example]) -> Manifest:
    return finetune(Finetuning(base, examples, output, 1, "a test", QUICK), lambda event: None)[0]


def test_the_same_seed_makes_the_same_weights(tmp_path: Path, tiny_model: Path) -> None:
    for name in "ab":
        quick(tiny_model, tmp_path / name, CONTRADICTING)
    start, a, b = (np.load(folder / WEIGHTS) for folder in (tiny_model, tmp_path / "a", tmp_path / "b"))
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert any(not np.array_equal(a[name], start[name]) for name in a)


def test_characters_that_the_base_does_not_know_stay_unknown(tmp_path: Path, tiny_model: Path) -> None:
    quick(tiny_model, tmp_path / "m", [Example("뷁뷁뷁", ExampleLabel.NEGATIVE)])
    vocabularies = [Classifier.load(folder).vocabulary.characters for folder in (tiny_model, tmp_path / "m")]
    assert vocabularies[0] == vocabularies[1]


def test_of_many_examples_some_are_held_back_and_judged_by(tmp_path: Path, tiny_model: Path) -> None:
    many = [Example(f"{n}번째 좋아요", ExampleLabel.POSITIVE) for n in range(100)]
    manifest = quick(tiny_model, tmp_path / "m", many)
    assert manifest.provenance["n_examples"] + manifest.provenance["n_held_back"] == 100
    assert "held_back" in [check["name"] for check in manifest.metrics["checks"]]


def test_examples_without_a_character_to_learn_are_refused(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(FinetuneError, match="at least one example"):
        quick(tiny_model, tmp_path / "m", [Example("good!", ExampleLabel.POSITIVE)])
    assert not (tmp_path / "m").exists()


def test_a_base_with_foreign_weights_is_refused(tmp_path: Path, tiny_model: Path) -> None:
    def write_files(folder: Path) -> None:
        for path in tiny_model.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        np.savez(folder / WEIGHTS, embedding=np.zeros((2, 16), np.float32))

    publish(tmp_path / "foreign", read_manifest(tiny_model), write_files)
    with pytest.raises(WeightsError, match="must hold the arrays"):
        quick(tmp_path / "foreign", tmp_path / "m", CONTRADICTING)


def run_child(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "examples.csv").write_bytes(write_examples(CONTRADICTING))
    base = make_keyword_model(folder / "keyword-1")
    given = ["--base", base, "--examples", folder / "examples.csv", "--output", folder / "m", "--json", "--nice", 1]
    command = [sys.executable, "-m", "model", "train", "--recipe", "fine-tune", *map(str, given), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


def test_the_command_prints_json_lines_and_its_last_is_done(tmp_path: Path) -> None:
    done = run_child(tmp_path, "--memory-limit", "4096", "--seed", "3")
    document = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0
    assert (document["event"], document["version"]) == ("done", "m")
    assert Gate.from_json(document["gate"]).is_passed == document["gate"]["is_passed"]
    assert read_manifest(tmp_path / "m").provenance["seed"] == 3


@pytest.mark.skipif(sys.platform != "linux", reason="the limit counts what Linux counts")
def test_a_training_that_needs_more_memory_than_it_may_use_leaves_no_version(tmp_path: Path) -> None:
    assert run_child(tmp_path, "--memory-limit", "300").returncode != 0
    assert not (tmp_path / "m").exists()


def test_the_command_needs_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--recipe", "fine-tune", "--output", str(tmp_path / "m")]) == 1
    assert "needs --examples" in capsys.readouterr().err


def test_no_replayed_sentence_is_in_the_golden_set() -> None:
    replayed = [*read_shipped_lines(CHAT), *read_shipped_lines(REVIEWS)]
    assert len(set(replayed)) == len(replayed)

    def bare(text: str) -> str:
        return "".join(character for character in text if character.isalnum())

    assert {bare(example.text) for example in golden_examples()}.isdisjoint(map(bare, read_shipped_lines(REVIEWS)))
