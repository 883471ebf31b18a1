"""`make bench`: measure everything, print the ratios, and write `benchmarks/results.json`."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnxruntime

from benchmarks import pipeline, process, serving

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Run the benchmarks one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "onnxruntime": onnxruntime.__version__}
        results = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine,
            "serving": serving.measure(),
            "process": process.measure(folder),
            "pipeline": pipeline.measure(folder),
        }
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    _show(results)
    print(f"\nwritten to {RESULTS}")


def _show(results: dict[str, Any], indent: str = "") -> None:
    for name, value in results.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            _show(value, indent + "  ")
        else:
            print(f"{indent}{name:<40}{value:>14.6g}" if isinstance(value, float) else f"{indent}{name:<40}{value:>14}")


if __name__ == "__main__":
    main()
