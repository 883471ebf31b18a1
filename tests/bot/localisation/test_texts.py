"""Both languages say the same, and every sentence that the code asks for is there."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from bot.cogs.settings.pages import PAGES
from bot.doctor.findings import WHATS
from bot.domain.actions import ActionKind, CloseReason
from bot.domain.automatic import Automatic, Refusal
from bot.domain.cases import ON_DISCORD, ActKind, CaseState
from bot.domain.digests import DigestState
from bot.domain.guilds import GuildSettings
from bot.domain.learning.examples import Source
from bot.domain.learning.trainings import FailureKind, Mode
from bot.domain.learning.versions import VersionOrigin
from bot.domain.members.appeals import AppealProblem, AppealState
from bot.domain.statistics import Change
from bot.domain.stays import Greeting, LogTroubleKind
from bot.domain.troubles import TroubleKind
from bot.domain.words.questions import Kind
from bot.localisation.texts import Language, Texts
from bot.services.pictures import PictureProblem
from model.example_files import FileProblem, Problem
from model.gate import CheckName
from tests.support.paths import ROOT

BOT = ROOT / "bot"
OBSTACLES = {
    "reason_missing", "reason_too_long", "bad_duration", "bot_lacks", "you_lack", "member_gone", "member_higher",
    "member_above_you", "member_protected", "author_forgotten", "message_gone", "channel_gone", "outage", "refused",
    "nothing_to_undo",
}  # fmt: skip
KO, EN = (Texts.load(language) for language in Language)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert KO.sentences.keys() == EN.sentences.keys()


@pytest.mark.parametrize("key", KO.sentences)
def test_a_sentence_has_the_same_fields_in_both_languages(key: str) -> None:
    assert fields(KO.sentences[key]) == fields(EN.sentences[key])


def test_every_sentence_that_the_code_names_exists_and_none_is_left_over() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in BOT.rglob("*.py"))
    sections = "|".join({key.split(".")[0] for key in KO.sentences})
    named = set(re.findall(rf"""["']((?:{sections})\.[a-z_]+)["']""", code))
    assembled = {
        key for key in KO.sentences if key.startswith(("label.", "config.", "database.", "maintenance.", "permission."))
    }
    assembled |= {f"source.{source}" for source in Source}
    assembled |= {f"problem.{problem.name.lower()}" for problem in (*Problem, *FileProblem)} - {"problem.bad_rows"}
    assembled |= {f"gate.{name}" for name in CheckName} | {f"origin.{origin}" for origin in VersionOrigin}
    assembled |= {f"training.{mode.name.lower()}" for mode in Mode}
    facts = ("parent", "origin", "recipe", "seed", "n_examples", "threshold", "created_by")
    assembled |= {f"model.{name}" for name in facts}
    assembled |= {f"action.{kind}" for kind in ActionKind}
    assembled |= {f"case.title_{each}" for each in (*CaseState, *CloseReason)}
    assembled |= {f"{place}.state_{state}" for state in CaseState for place in ("case", "why")}
    assembled |= {f"appeal.{problem}" for problem in AppealProblem} - {"appeal.unknown"}
    assembled |= {f"appeal.state_{state}" for state in AppealState}
    assembled |= {f"appeal.outcome_{kind}" for kind in (ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE)}
    assembled |= {f"holding.{counted}" for counted in ("texts", "appeals")}
    assembled |= {f"case.{unit}" for unit in ("minutes", "hours", "days")}
    assembled |= {f"case_act.{kind}" for kind in ActKind} | {f"case_answer.ended_{reason}" for reason in CloseReason}
    assembled |= {f"case_{place}.{kind}" for place in ("modal", "answer") for kind in ON_DISCORD}
    assembled |= {f"automatic.refused_{why}" for why in Refusal} | {f"automatic.word_{kind}" for kind in Automatic}
    assembled |= {f"case_list.{kind}" for kind in ("open", "mine", "search", "folded")}
    assembled |= {f"case_answer.{key}" for key in OBSTACLES} | {"case_answer.where_server", "case_answer.where_channel"}
    assembled |= {f"setting.{name}" for name in GuildSettings.__slots__} | {f"settings.{each}" for each in Language}
    assembled |= {f"settings.{no}{name}" for no in ("", "not_") for name in ("is_shadow", "exempts_moderators")}
    assembled |= {f"settings.word_{word}" for word in ("all", "none", "default", "shadow", "alerts", "ko", "en")}
    assembled |= {f"setup.{part}_{page}" for part in ("title", "about") for page in range(len(PAGES))}
    assembled |= {f"settings.weekday_{day}" for day in range(7)} | {f"settings.digest_{each}" for each in DigestState}
    assembled |= {f"settings.word_{word}" for word in ("off", "on", *(f"weekday_{day}" for day in range(7)))}
    assembled |= {f"stats.change_{each}" for each in Change}
    assembled |= {"alert.archived", "alert.blocked", "alert.too_many_reactions"}
    assembled |= {f"console.{figure}" for figure in ("summary", "nothing_flagged", "nothing_judged")}
    assembled |= {"export.cases", "export.verdicts"}
    assembled |= {f"scan.{state}" for state in ("cancelled", "expired", "failed")}
    assembled |= {f"doctor.{each}" for each in (*WHATS, "clock_fast", "clock_slow")}
    assembled |= {f"doctor.database_{how}" for how in ("new", "current", "older")}
    assembled |= {f"failure.{kind}" for kind in FailureKind}
    assembled |= {f"trouble.{kind}" for kind in TroubleKind} | {f"picture.{problem}" for problem in PictureProblem}
    assembled |= {f"stay.{greeting}" for greeting in Greeting}
    assembled |= {f"log_channel.{log}{kind}" for kind in LogTroubleKind for log in ("", "log_")}
    assembled |= {f"words.{kind}_usage" for kind in Kind}
    assembled |= {key for key in KO.sentences if key.startswith("command.")}  # `test_translator` asks for each
    assembled |= {f"console.{column}" for column in ("label", "probability", "flag", "text")}
    assembled |= {f"help.{level}" for level in ("everyone", "manage_messages", "manage_guild")}
    assembled |= {f"privacy.{name}" for name in ("n_first", "n_older", "n_lost", "n_plain", "notes", "models")}
    assembled |= {"examples.removed", "examples.partly_removed", "examples.none_removed"}
    named.discard("model.pictures")  # a module
    assembled |= {f"words.{side}" for side in ("negative", "neutral", "positive", "space")}
    assert named - assembled == KO.sentences.keys() - assembled


def test_no_sentence_stands_in_the_code() -> None:
    """What people may type is read there, in Korean too; docstrings are for those who read the code."""
    typed = {"기본", "(?<=[가-힣])([+-])"}
    found = {
        node.value
        for path in BOT.rglob("*.py")
        for tree in [ast.parse(path.read_text(encoding="utf-8"))]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search("[ㄱ-ㅣ가-힣]", node.value)
        if node not in docstrings(tree)
    }
    assert found == typed


def docstrings(tree: ast.Module) -> list[ast.expr]:
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]


def test_an_unknown_key_or_a_missing_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        KO("no.such.key")
    with pytest.raises(KeyError):
        KO("check.result")


def test_another_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="fr"):
        Texts.load("fr")
