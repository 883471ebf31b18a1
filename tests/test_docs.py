"""The documentation is true: every variable and command stands in it, and it names no other."""

import re
from pathlib import Path

import pytest

from bot.config import Config
from bot.plugin import COGS
from model.__main__ import COMMANDS
from tests.support.paths import ROOT

READMES = [ROOT / "README.md", ROOT / "README.ko.md"]


class _Asked(dict[str, str]):
    """An empty environment that remembers what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(key)
        return default


def variables() -> set[str]:
    asked = _Asked()
    Config.from_environ(asked)
    return asked.names


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_variable_is_in_the_readmes_and_no_other(readme: Path) -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", readme.read_text(), re.MULTILINE)) == variables()


def test_every_variable_is_in_the_example_and_no_other() -> None:
    assert set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)) == variables()


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_command_is_in_the_readmes(readme: Path) -> None:
    text = readme.read_text()
    for cog in COGS:
        by_prefix = [each.qualified_name for each in cog.__cog_commands__]
        assert [name for name in by_prefix if f"!{name}" not in text] == []
        by_slash = [*by_prefix, *(each.qualified_name for each in cog.__cog_app_commands__)]
        assert [name for name in by_slash if f"/{name}" not in text] == []
    for name in (*COMMANDS, "vectors"):
        assert f"python -m model {name}" in text


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(readme: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", readme.read_text()):
        assert (ROOT / target).exists(), target


def test_the_changelog_has_the_current_version_or_an_unreleased_part() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changelog or f"## [{version[1]}]" in changelog
