"""The documentation is true: every variable and command stands in it, and it names no other."""

import re
from pathlib import Path

import pytest

from bot.cogs.shared.help_pages import is_mere_group
from bot.cogs.shared.permissions import invitation, invited
from bot.config import Config
from bot.localisation.texts import Texts
from bot.plugin import COGS, HELP
from model.__main__ import COMMANDS
from tests.support.paths import ROOT

READMES = [ROOT / "README.md", ROOT / "README.ko.md"]
PAPERS = [
    *READMES,
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/ARCHITECTURE.md")),
    *(ROOT / "docs" / name for name in ("BOOK.md", "BOOK.ko.md", "OPERATIONS.md", "OPERATIONS.ko.md")),
]
CARDS = sorted((ROOT / "model" / "pretrained").glob("*.md"))  # which tell of earlier versions, too
KO, EN = Texts.load("ko"), Texts.load("en")
PLACES = re.compile(r"(?<![\w./-])(?:\.ci|\.github|benchmarks|bot|docs|migrations|model|tests)/[\w./*-]*[\w/]")


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
    for cog in (*COGS, *HELP):
        by_prefix = [each.qualified_name for each in cog.__cog_commands__ if not is_mere_group(each)]
        assert [name for name in by_prefix if f"!{name}" not in text] == []
        by_slash = [each.qualified_name for each in cog.__cog_commands__ if hasattr(each, "app_command")]
        by_slash += [each.qualified_name for each in cog.__cog_app_commands__]
        assert [name for name in by_slash if f"/{name}" not in text] == []
    for name in (*COMMANDS, "vectors", "book"):
        assert f"python -m model {name}" in text


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_invitations_ask_for_the_permissions_that_stand_below_them(readme: Path) -> None:
    text = readme.read_text()
    assert re.findall(r"&permissions=(\d+)", text) == [str(invited().value), str(invited(to_act=True).value)]
    _, least, more = re.split(r"&permissions=\d+", text.partition("\n### 3.")[0])
    for table, asked in ((least, invited()), (more, invited(to_act=True) & ~invited())):
        names = {"view_channel" if name == "read_messages" else name for name, is_asked in asked if is_asked}
        rows = [set(map(str.strip, line.split("|")[1:3])) for line in table.splitlines() if line.startswith("|")][2:]
        wanted = [
            {"View Channels" if n == "view_channel" else EN(f"permission.{n}"), KO(f"permission.{n}")} for n in names
        ]
        assert sorted(map(sorted, rows)) == sorted(map(sorted, wanted))


@pytest.mark.parametrize(
    ("readme", "client_id"), list(zip(READMES, ["YOUR_APPLICATION_ID", "애플리케이션_ID"], strict=True))
)
def test_the_bot_hands_out_the_invitations_of_the_readmes(readme: Path, client_id: str) -> None:
    for to_act in (False, True):
        assert invitation(42, to_act=to_act).replace("42", client_id, 1) in readme.read_text()


@pytest.mark.parametrize("paper", [*PAPERS, *CARDS], ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", paper.read_text())
    assert [each for each in targets if not (paper.parent / each).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_place_in_the_code_is_there(paper: Path) -> None:
    assert [each for each in PLACES.findall(paper.read_text()) if not list(ROOT.glob(each))] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_target_of_make_is_there(paper: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|&& )make ([a-z]+)", paper.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_picture_is_there_and_told_in_words(paper: Path) -> None:
    text = paper.read_text()
    shown = [(src, alt) for alt, src in re.findall(r"!\[(.*?)\]\((.+?)\)", text)]
    shown += re.findall(r'<img src="(.+?)" width="\d+" alt="(.*?)">', text)
    assert len(shown) == text.count("![") + text.count("<img")
    assert [src for src, alt in shown if not alt or not (paper.parent / src).exists()] == []


def test_every_picture_of_discord_is_small_and_in_the_readme_of_its_language() -> None:
    pictures = list((ROOT / "docs" / "discord").glob("*/*.png"))
    assert pictures
    for picture in pictures:
        readme = ROOT / ("README.ko.md" if picture.parent.name == "ko" else "README.md")
        assert f'"{picture.relative_to(ROOT).as_posix()}"' in readme.read_text()
        assert picture.stat().st_size < 120_000


def test_every_room_is_on_the_map() -> None:
    picture = (ROOT / "docs" / "ARCHITECTURE.md").read_text().partition("```\n")[2].partition("```")[0]
    for package in ("bot", "model"):
        for room in (each.parent.name for each in (ROOT / package).glob("*/__init__.py")):
            assert re.search(rf"(^|\s){room}/", picture), f"{package}/{room}"


def test_the_changelog_has_the_current_version_or_an_unreleased_part() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changelog or f"## [{version[1]}]" in changelog
