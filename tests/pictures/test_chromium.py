"""Drawing needs a program that not every machine has."""

from pathlib import Path

import pytest

from tests.pictures.chromium import NoChromiumError, draw


def test_a_machine_without_chromium_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoChromiumError, match=r"chromium.*install Chromium"):
        draw("<p>글</p>")
