"""`make bench`: measure everything, print the ratios, and write `benchmarks/results.json`.

`python -m benchmarks vectors` measures that part alone and leaves the other figures as they are.
"""

from __future__ import annotations

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

from benchmarks import pipeline, process, serving, training, vectors

RESULTS = Path(__file__).parent / "results.json"


_PARTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "serving": lambda folder: serving.measure(),
    "process": process.measure,
    "pipeline": pipeline.measure,
    "training": training.measure,
    "vectors": lambda folder: vectors.measure(),
}


def main() -> None:
    """Run the benchmarks that are named, by default all, one after the other."""
    names = sys.argv[1:] or list(_PARTS)
    if unknown := set(names) - set(_PARTS):
        sys.exit(f"benchmarks must be among {', '.join(_PARTS)}. Received: {', '.join(unknown)}")
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if sys.argv[1:] else _about()
    with tempfile.TemporaryDirectory() as folder:
        measured = {name: _PARTS[name](folder) for name in names}
    RESULTS.write_text(json.dumps(results | measured, indent=2) + "\n")
    _show(measured)
    print(f"\nwritten to {RESULTS}")


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
