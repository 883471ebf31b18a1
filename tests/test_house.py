"""The house stays one of rooms: none is crowded, and no file is long."""

from collections import Counter

from tests.support.paths import ROOT

MOST_MODULES = 14  # in one folder, `__init__` and `__main__` aside
MOST_LINES = 300  # of one file
MODULES = [path for package in ("bot", "model", "migrations") for path in sorted((ROOT / package).rglob("*.py"))]


def test_no_folder_is_crowded() -> None:
    n_modules = Counter(path.parent for path in MODULES if not path.name.startswith("__"))
    assert n_modules
    assert {str(folder): n for folder, n in n_modules.items() if n > MOST_MODULES} == {}


def test_no_file_is_long() -> None:
    n_lines = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: n for path, n in n_lines.items() if n > MOST_LINES} == {}


def test_every_folder_of_modules_is_a_package() -> None:
    assert {path.parent for path in MODULES if not path.with_name("__init__.py").exists()} == set()
