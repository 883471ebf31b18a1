"""Who shares the work gives the same results as who does it alone."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from model.cluster.classifier import SharedClassifier
from model.cluster.crew import Alone, Crew, open_crew
from model.cluster.equipment import ModelFiles
from model.corpora.corpus import make_corpus
from model.errors import ClusterError
from model.training.mixing.teacher import ask_teacher
from tests.support.dask_cluster import cluster, kill_scheduler

# Dask leaves sockets to the garbage collector, by which it has looked for a free port.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as address:
        yield address


@pytest.fixture
def crew(address: str) -> Iterator[Crew]:
    with open_crew(address) as crew:
        yield crew


def double(number: int) -> int:
    return 2 * number


def refuse(number: int) -> int:
    raise ValueError(number)


def test_results_come_in_order(crew: Crew) -> None:
    assert list(crew.map(double, range(100))) == list(Alone().map(double, range(100))) == list(range(0, 200, 2))


def test_items_are_taken_a_few_ahead(crew: Crew) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = crew.map(double, items())
    assert next(results) == 0
    assert len(taken) <= 10
    results.close()  # type: ignore[attr-defined]  # a generator


def test_what_an_item_raises_is_raised(crew: Crew) -> None:
    with pytest.raises(ValueError, match="7"):
        list(crew.map(refuse, [7]))


def test_a_shared_classifier_says_the_same_to_the_last_digit(crew: Crew, tiny_model: Path) -> None:
    texts = [f"{i}번 {'늦어요' if i % 3 else '좋아요'}" * (i % 40) for i in range(3000)]
    shared, alone = SharedClassifier(ModelFiles.read(tiny_model), crew), Classifier.load(tiny_model)
    np.testing.assert_array_equal(shared.probabilities(texts), alone.probabilities(texts))
    assert shared.classify(texts[:3]) == alone.classify(texts[:3])
    assert shared.probabilities([]).shape == (0,)
    assert (shared.version, shared.threshold) == (alone.version, alone.threshold)


def test_a_teacher_of_several_workers_says_the_same(crew: Crew) -> None:
    texts = [f"{n}번째 상품 {'정말 좋아요' if n % 2 else '너무 별로예요'} 포장" for n in range(100)]
    corpus = make_corpus("reviews", texts, np.arange(100) % 2)
    alone, shared = ask_teacher(corpus, 1, ["좋아요"]), ask_teacher(corpus, 1, ["좋아요"], crew)
    np.testing.assert_array_equal(alone.targets, shared.targets)
    np.testing.assert_array_equal(alone.recombined.targets, shared.recombined.targets)
    np.testing.assert_array_equal(alone.unrated.targets, shared.unrated.targets)


def test_a_cluster_that_goes_is_told_in_one_sentence(tmp_path: Path) -> None:
    with cluster(tmp_path, 1) as address, open_crew(address) as crew:
        results = crew.map(double, range(10**9))
        assert next(results) == 0
        kill_scheduler(address)
        with pytest.raises(ClusterError, match="The Dask cluster is gone"):
            list(results)
