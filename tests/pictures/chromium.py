"""HTML to a small PNG, by a Chromium without a window."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT, _SCALE = 640, 1600, 2  # of the window in CSS pixels; what is empty is cut off below
_MARGIN = 24  # dots kept below
_N_COLOURS = 256
_LONGEST = 120  # seconds


class NoChromiumError(Exception):
    """There is none on this machine."""


def draw(html: str) -> bytes:
    """Return a page as a PNG of twice its size.

    Raises:
        NoChromiumError: None of its names is on the PATH.
        subprocess.SubprocessError: It has failed, or taken two minutes.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        raise NoChromiumError(
            f"drawing needs one of {', '.join(_NAMES)} on the PATH, and there is none: install Chromium"
        )
    with TemporaryDirectory() as folder:
        page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(html, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        options += [f"--force-device-scale-factor={_SCALE}", f"--window-size={_WIDTH},{_HEIGHT}"]
        options += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root has none
        command = [program, *options, f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST)
        return _small(Image.open(picture).convert("RGB"))


def _small(picture: Image.Image) -> bytes:
    """Cut off what is empty below, and write what is left with few colours."""
    paper = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    drawn = ImageChops.difference(picture, paper).getbbox()
    bottom = picture.height if drawn is None else min(picture.height, drawn[3] + _MARGIN)
    file = io.BytesIO()
    picture.crop((0, 0, picture.width, bottom)).quantize(_N_COLOURS).save(file, "PNG", optimize=True)
    return file.getvalue()
