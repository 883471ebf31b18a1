"""Keys for texts, each as `python -m bot make-key` prints one, and what lies on a disk."""

from __future__ import annotations

import base64
from pathlib import Path

FIRST, SECOND, THIRD = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


def on_disk(path: Path) -> bytes:
    """Return all that lies on the disk of a database: the file, and the logs beside it."""
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
