"""The pipe between a training and whoever began it: typed events, one a line, and nothing else gets through."""

import json

import pytest

from model.events import BatchEvent, DoneEvent, EpochEvent, Event, FailedEvent, TeacherEvent, decode, encode
from model.examples import ExampleLabel
from model.gate import Changed, Check, CheckName, Gate, Side

GATE = Gate(
    (Check(CheckName.PARITY, False, None, None, 1e-5), Check(CheckName.HELD_BACK, True, 0.9, 0.8, 0.8)),
    (Changed("별로", ExampleLabel.NEGATIVE, Side(0.4, "긍정", False), Side(0.9, "부정", True)),),
)
EVENTS = [
    TeacherEvent(share=0.7),
    BatchEvent(epoch=1, n_epochs=2, batch=3, n_batches=4, loss=0.5, accuracy=0.75),
    EpochEvent(epoch=2, n_epochs=2, n_batches=4, loss=0.5, val_accuracy=0.9),
    DoneEvent(version="m-1", threshold=0.9, metrics={"chat": {"flagged": 0.01}}, gate=GATE),
    DoneEvent(version="m-1", threshold=1.0),
    FailedEvent(error="VersionError"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_is_said_is_understood(event: Event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == decode(line.encode()) == event


def test_the_words_on_the_wire_are_those_of_before() -> None:
    assert json.loads(encode(EVENTS[1])) == {
        "event": "batch", "epoch": 1, "n_epochs": 2, "batch": 3, "n_batches": 4, "loss": 0.5, "accuracy": 0.75,
    }  # fmt: skip
    done = json.loads(encode(EVENTS[3]))
    assert (done["event"], done["version"], done["threshold"]) == ("done", "m-1", 0.9)
    assert done["gate"]["is_passed"] is False
    assert done["gate"]["checks"][1] == {
        "name": "held_back", "is_passed": True, "now": 0.9, "before": 0.8, "limit": 0.8,
    }  # fmt: skip
    assert done["gate"]["changed"][0]["expected"] == "negative"
    assert json.loads(encode(EVENTS[4]))["gate"] is None


def test_a_figure_that_is_none_is_null() -> None:
    line = encode(EpochEvent(epoch=1, n_epochs=2, n_batches=4, loss=float("nan")))
    assert json.loads(line)["loss"] is None


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"epoch 1/2", b"3", b"[]", b"null", b"{}", b'{"event": "lunch"}', b'{"event": "epoch"}', b"\xff",
        b'{"event": "epoch", "epoch": "1", "n_epochs": 2, "n_batches": 4}',
        b'{"event": "done", "version": "m", "threshold": 0.9, "gate": {"checks": [3], "changed": []}}',
        b'{"event": "done", "version": "m", "threshold": 0.9, "metrics": {"a": ' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_a_library_prints_between_is_no_event(line: bytes) -> None:
    assert decode(line) is None


def test_what_is_new_in_an_event_is_passed_over() -> None:
    line = '{"event": "epoch", "epoch": 1, "n_epochs": 2, "n_batches": 4, "weather": "fine"}'
    assert decode(line) == EpochEvent(epoch=1, n_epochs=2, n_batches=4)
