"""The book's pictures: gates, dependence, comparison; drawn for one character or network as for many."""

from __future__ import annotations

import numpy as np
import pytest

from model.pictures.comparison import Panel, draw_comparison
from model.pictures.dependence import DependenceLine, draw_dependence
from model.pictures.gates import Strip, draw_gates

PNG = b"\x89PNG"


@pytest.mark.parametrize("characters", ["가", "배송 빨라요", "글" * 100])
def test_gates_are_drawn_for_any_length(characters: str) -> None:
    n = len(characters)
    generator = np.random.default_rng(0)
    strips = [Strip("입력", generator.random((n, 32)), [0]), Strip("상태", generator.normal(size=(n, 32)), (), True)]
    assert draw_gates(characters, strips, generator.random(n), "게이트", "확률").startswith(PNG)


def test_a_state_of_zeros_can_be_drawn() -> None:
    assert draw_gates("가나", [Strip("상태", np.zeros((2, 4)), (), True)], np.zeros(2), "", "").startswith(PNG)


def test_lines_of_different_lengths_and_of_zeros_are_drawn() -> None:
    lines = [
        DependenceLine("SimpleRNN", 0.5 ** np.arange(100.0), "#c0392b"),
        DependenceLine("LSTM", np.zeros(50), "#1f6fb2", is_dashed=True),
    ]
    assert draw_dependence(lines, "기억", "글자", "정도").startswith(PNG)


@pytest.mark.parametrize("n", [1, 7])
def test_bars_are_drawn_where_something_is_unknown(n: int) -> None:
    names = [f"network-{row}" for row in range(n)]
    panels = [
        Panel("정확도", [0.8] * n, ["80 %"] * n, begin=0.5),
        Panel("오경보", [None] * (n - 1) + [0.1], ["–"] * n),
        Panel("시간", [10.0**row for row in range(n)], ["1"] * n, is_logarithmic=True),
    ]
    assert draw_comparison(names, panels, names[-1]).startswith(PNG)
