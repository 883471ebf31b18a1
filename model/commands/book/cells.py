"""`python -m model book cells · gradients`: the recurrent cells by hand, and how far back they remember."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model.commands.book.output import RUNS, quiet_tensorflow, save_picture
from model.versions.version import PRETRAINED

if TYPE_CHECKING:
    from model.book.inside import Reading

_SENTENCE = "가격 대비 아주 만족합니다 그런데 냄새가 심해서 못 쓰겠어요"
_GATES = {"forget": "망각", "input": "입력", "output": "출력"}


def cells(sentence: str = _SENTENCE, /, *, model: Path = PRETRAINED, picture: Path = RUNS / "gates.png") -> None:
    """Compute the cells by hand, compare them with Keras, and show which character opens which gate.

    Args:
        sentence: a Korean sentence
        model: folder of the version that reads it
        picture: PNG file to draw the gates to
    """
    from model.book.inside import look_inside

    reading = look_inside(sentence, model)  # before TensorFlow: what cannot be read is refused at once
    quiet_tensorflow()
    from model.book.parity import largest_differences

    for name, difference in largest_differences().items():
        print(f"{name}: 손으로 쓴 셀과 Keras의 최대 차이 {difference:.1e}")
    _print_reading(reading)
    save_picture(_draw(reading), picture)


def gradients(
    *, simple_rnn: Path | None = None, lstm: Path | None = None, picture: Path = RUNS / "gradients.png"
) -> None:
    """Measure the vanishing gradient: how much the answer depends on a character t steps back.

    Args:
        simple_rnn: folder of a trained Korean network (default: what `book compare` left in runs/book)
        lstm: likewise
        picture: PNG file to draw it to
    """
    quiet_tensorflow()
    from model.book.gradients import measure_reach, reach
    from model.pictures.dependence import DependenceLine, draw_dependence
    from model.pictures.style import NEGATIVE, POSITIVE

    folders = {"simple-rnn": simple_rnn, "lstm": lstm}
    colours = {"simple-rnn": NEGATIVE, "lstm": POSITIVE}
    lines = []
    for kind, folder in folders.items():
        for is_trained, values in measure_reach(kind, folder or RUNS / f"korean-{kind}").items():
            name = f"{_NETWORKS[kind]}, {'배운 뒤' if is_trained else '배우기 전'}"
            print(f"{name:<24}마지막 글자의 1% 이상 남는 거리: {reach(values)}글자")
            lines.append(DependenceLine(name, values, colours[kind], is_dashed=not is_trained))
    title = "몇 글자 앞까지 기억할까"
    save_picture(draw_dependence(lines, title, "몇 글자 앞", "답이 기대는 정도 (마지막 글자 = 1)"), picture)


_NETWORKS = {"simple-rnn": "SimpleRNN", "lstm": "LSTM"}


def _print_reading(reading: Reading) -> None:
    print(f"글자  {'  '.join(_GATES.values())}  긍정 확률")
    gates = [getattr(reading.happened, gate).mean(axis=1) for gate in _GATES]
    for row in zip(reading.characters, *gates, reading.probabilities, strict=True):
        character, *figures = row
        print(f"{character if character.strip() else '␣':<4}" + "".join(f"{figure:6.2f}" for figure in figures))
    for gate, title in _GATES.items():
        where, openness = _widest(reading, gate)
        place = f"{where + 1}번째 글자 {reading.characters[where]!r}"
        print(f"{title} 게이트는 {place}에서 가장 많이 열려요. 평균 {openness:.2f}")


def _draw(reading: Reading) -> bytes:
    from model.pictures.gates import Strip, draw_gates

    order = np.argsort(reading.weights)  # units that speak for negative stand above
    happened = reading.happened
    strips = [
        Strip(f"{title}\n게이트", getattr(happened, gate)[:, order], [_widest(reading, gate)[0]])
        for gate, title in _GATES.items()
    ]
    state = np.tanh(happened.cell) * reading.weights
    strips.append(Strip("셀 상태\n(빨강 부정,\n파랑 긍정)", state[:, order], is_signed=True))
    title = "글자마다 열리는 게이트: 진할수록 많이 열림, 세모는 가장 많이 열린 글자"
    return draw_gates(reading.characters, strips, reading.probabilities, title, "긍정 확률")


def _widest(reading: Reading, gate: str) -> tuple[int, float]:
    from model.book.inside import widest

    return widest(getattr(reading.happened, gate), reading.characters)
