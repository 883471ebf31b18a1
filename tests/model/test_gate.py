"""What a gate found, as it is stored with a version."""

import pytest

from model.examples import ExampleLabel
from model.gate import Changed, Check, CheckName, Gate, Side

PASSED, FAILED = (Check(CheckName.HELD_BACK, is_passed, 0.9, 0.8, 0.8) for is_passed in (True, False))


def test_it_is_passed_when_every_check_is() -> None:
    assert Gate((PASSED, PASSED), ()).is_passed
    assert not Gate((PASSED, FAILED), ()).is_passed


def test_what_a_database_holds_is_read() -> None:
    """As versions of before were stored: without the sentences, with their number, and a figure nobody knew."""
    parity = {"name": "parity", "is_passed": False, "now": None, "before": None, "limit": 1e-5}
    stored = {"checks": [parity], "changed": [], "is_passed": False, "n_changed": 12}
    assert Gate.from_json(stored) == Gate((Check(CheckName.PARITY, False, None, None, 1e-5),), ())


def test_it_goes_through_json_unchanged() -> None:
    sides = Side(0.4, "긍정", False), Side(0.9, "부정", True)
    gate = Gate((PASSED, FAILED), (Changed("별로", ExampleLabel.NEGATIVE, *sides),))
    assert gate.as_json()["is_passed"] is False
    assert Gate.from_json(gate.as_json()) == gate


@pytest.mark.parametrize("document", [{}, {"checks": 3, "changed": []}, {"checks": [{"name": "taste"}], "changed": []}])
def test_what_is_no_gate_is_a_value_error(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\$|missing"):
        Gate.from_json(document)
