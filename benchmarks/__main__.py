"""`make bench`: measure everything, print the ratios, and write `benchmarks/results.json`.

`python -m benchmarks vectors` measures that part alone and leaves the other figures as they are.
`python -m benchmarks flood raid --most 10000` bounds the messages of those that flood.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnxruntime

from benchmarks import flood, latency, pipeline, process, processes, raid, sealing, serving, storing, training, vectors

RESULTS = Path(__file__).parent / "results.json"


_PARTS: dict[str, Callable[..., dict[str, Any]]] = {
    "serving": lambda folder: serving.measure(),
    "process": process.measure,
    "pipeline": pipeline.measure,
    "sealing": sealing.measure,
    "storing": storing.measure,
    "training": training.measure,
    "vectors": lambda folder: vectors.measure(),
    "flood": flood.measure,
    "raid": raid.measure,
    "latency": latency.measure,
    "processes": processes.measure,
}
_FLOODING = ("flood", "raid")


def main() -> None:
    """Run the benchmarks that are named, by default all, one after the other."""
    arguments = _arguments()
    names = arguments.parts or list(_PARTS)
    if unknown := set(names) - set(_PARTS):
        sys.exit(f"benchmarks must be among {', '.join(_PARTS)}. Received: {', '.join(unknown)}")
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if arguments.parts else _about()
    bounds = {name: {"most": arguments.most} if name in _FLOODING else {} for name in names}
    with tempfile.TemporaryDirectory() as folder:
        measured = {name: _PARTS[name](folder, **bounds[name]) for name in names}
    RESULTS.write_text(json.dumps(results | measured, indent=2) + "\n")
    _show(measured)
    print(f"\nwritten to {RESULTS}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--most", type=int, default=flood.SIZES[-1], help="messages in a flood, at most")
    return parser.parse_args()


def _about() -> dict[str, Any]:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "onnxruntime": onnxruntime.__version__}
    return {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine}


def _show(results: dict[str, Any], indent: str = "") -> None:
    for name, value in results.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            _show(value, indent + "  ")
        else:
            print(f"{indent}{name:<40}{value:>14.6g}" if isinstance(value, float) else f"{indent}{name:<40}{value:>14}")


if __name__ == "__main__":
    main()
