"""The short form of `make soak`: kills, a failing Discord, a locked and a full database, and nothing is lost."""

import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("needs prlimit, to let another process write no more", allow_module_level=True)

from benchmarks.soak import soak

SECONDS, SETTLE_SECONDS = 14.0, 15.0


async def test_nothing_is_lost_or_doubled_whatever_goes_wrong(tmp_path: Path) -> None:
    counts, happened = await soak(tmp_path, SECONDS, SETTLE_SECONDS)
    assert {"kill", "locked", "full"} <= set(happened)
    assert counts["verdicts"].tried > 1000
    assert [(name, count.lost, count.doubled) for name, count in counts.items()] == [
        (name, 0, 0) for name in ("verdicts", "flags", "alerts")
    ]
