"""Words on a plane: drawn for any number of neighbours, near on it what is near among the vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.pictures.neighbours import draw_neighbours, project
from model.pictures.requests import NeighbourCaptions, neighbour_picture
from model.vectors.keyed_vectors import Vectors
from tests.support.tiny_words import make_words

CAPTIONS = NeighbourCaptions("가까운 단어: {배송}", "분산의 {share:.0%}", "부정", "중립", "긍정", "(빈칸)")


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    return Vectors.load(make_words(tmp_path_factory.mktemp("words") / "tiny"))


@pytest.mark.parametrize("topn", [0, 1, 2, 8])
def test_a_picture_is_drawn_for_any_number_of_neighbours(vectors: Vectors, topn: int) -> None:
    picture = neighbour_picture(vectors, ["배송"], vectors.neighbours("배송", topn), CAPTIONS)
    assert [dot.word for dot in picture.dots if dot.is_asked] == ["배송"]
    assert draw_neighbours(picture).startswith(b"\x89PNG")


def test_characters_without_polarity_and_the_space_are_drawn(tiny_model: Path) -> None:
    characters = Vectors.of_classifier(tiny_model)
    near = characters.neighbours(" ", 3)
    assert draw_neighbours(neighbour_picture(characters, [" "], near, CAPTIONS)).startswith(b"\x89PNG")


def test_the_plane_keeps_the_two_widest_directions() -> None:
    generator = np.random.default_rng(1)
    points, share = project(generator.normal(0, 1, (20, 8)).astype(np.float32))
    assert points.shape == (20, 2)
    assert np.allclose(points.mean(axis=0), 0)
    assert 2 / 8 < share < 1
