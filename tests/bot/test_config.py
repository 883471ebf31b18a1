"""The configuration says what an operator chose, or what is invalid with it."""

from __future__ import annotations

import logging
import os
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import _VARIABLES, Config, ConfigError, LogFormat, WatchedChannels, is_exposed
from bot.localisation.texts import Language
from model.vectors.table import PRETRAINED_WORDS, VECTORS
from model.versions.version import PRETRAINED
from tests.support.keys import FIRST, SECOND
from tests.support.paths import ROOT
from tests.support.tiny_words import make_words


def test_nothing_set_gives_the_defaults() -> None:
    config = Config.from_environ({})
    assert config == Config()
    assert config.discord_token is None
    assert config.model_folder == PRETRAINED
    assert config.words_folder == PRETRAINED_WORDS
    assert not config.watched


def test_every_choice_has_its_variable() -> None:
    limits = {"patience", "trainer_limits"}  # which only tests and benchmarks change
    assert {each.name for each in fields(Config)} == {*_VARIABLES, "language", *limits}


def test_every_variable_is_read(tmp_path: Path) -> None:
    words = make_words(tmp_path / "words")
    config = Config.from_environ(
        {
            "DISCORD_TOKEN": "a.b.c",
            "DATABASE_URL": "sqlite+aiosqlite:///x.sqlite3",
            "WATCH_CHANNELS": "11, 12,",
            "LOG_CHANNEL": "13",
            "THRESHOLD": "0.75",
            "MODEL": "/models/mine",
            "VECTORS": str(words),
            "COMMAND_PREFIX": "지기야 ",
            "LANGUAGE": "EN",
            "RETENTION_DAYS": "365",
            "CATCH_UP_HOURS": "0",
            "SHARD_COUNT": "6",
            "SHARDS_PER_PROCESS": "2",
            "SYNC_COMMANDS": "0",
            "TEXT_KEY": f"{SECOND}, {FIRST},{SECOND},",
            "ALLOW_UNREADABLE_TEXTS": "1",
            "ALLOW_TRAINING_ON_MESSAGES": "1",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            "METRICS_PORT": "9464",
            "METRICS_HOST": "0.0.0.0",
        }
    )
    assert config == Config(
        discord_token="a.b.c",
        database_url="sqlite+aiosqlite:///x.sqlite3",
        watched=WatchedChannels(frozenset({11, 12})),
        log_channel_id=13,
        threshold=0.75,
        model_folder=Path("/models/mine"),
        words_folder=words,
        command_prefix="지기야",
        language=Language.ENGLISH,
        retention_days=365,
        catch_up_hours=0,
        shard_count=6,
        shards_per_process=2,
        sync_commands=False,
        allow_training_on_messages=True,
        text_keys=(SECOND, FIRST),
        allow_unreadable_texts=True,
        log_level=logging.DEBUG,
        log_format=LogFormat.JSON,
        metrics_port=9464,
        metrics_host="0.0.0.0",
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    assert Config.from_environ({"LOG_CHANNEL": "", "THRESHOLD": "  ", "WATCH_CHANNELS": ""}) == Config()


def test_a_home_folder_is_found() -> None:
    assert Config.from_environ({"MODEL": "~/models/mine"}).model_folder == Path.home() / "models" / "mine"


@pytest.mark.parametrize(
    ("name", "value", "received"),
    [
        ("WATCH_CHANNELS", "12,#리뷰", "#리뷰"),
        ("WATCH_CHANNELS", "１２", "１２"),
        ("WATCH_CHANNELS", "-5", "-5"),
        ("LOG_CHANNEL", "1,2", "1,2"),
        ("LOG_CHANNEL", str(2**63), str(2**63)),
        ("THRESHOLD", "0", "0"),
        ("THRESHOLD", "1.01", "1.01"),
        ("THRESHOLD", "nan", "nan"),
        ("THRESHOLD", "높게", "높게"),
        ("RETENTION_DAYS", "0", "0"),
        ("RETENTION_DAYS", "366", "366"),
        ("RETENTION_DAYS", "1.5", "1.5"),
        ("CATCH_UP_HOURS", "169", "169"),
        ("SYNC_COMMANDS", "yes", "yes"),
        ("ALLOW_TRAINING_ON_MESSAGES", "yes", "yes"),
        ("LANGUAGE", "fr", "fr"),
        ("LOG_LEVEL", "LOUD", "LOUD"),
        ("LOG_FORMAT", "xml", "xml"),
        ("METRICS_PORT", "65536", "65536"),
        ("METRICS_HOST", "localhost", "localhost"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(name: str, value: str, received: str) -> None:
    with pytest.raises(ConfigError) as error:
        Config.from_environ({name: value})
    assert name in str(error.value)
    assert f"(입력한 값: {received})" in str(error.value)


def test_word_vectors_are_a_folder_that_training_or_loading_wrote(tmp_path: Path) -> None:
    (tmp_path / "cc.ko.300.vec").write_text("1 2\n가 1 2\n", encoding="utf-8")
    half = make_words(tmp_path / "half")
    (half / VECTORS).unlink()
    for value in (tmp_path / "nothing", tmp_path / "cc.ko.300.vec", half, PRETRAINED, tmp_path / ("긴" * 300)):
        with pytest.raises(ConfigError, match=r"^VECTORS .*vectors load.*입력한 값: ") as error:
            Config.from_environ({"VECTORS": str(value)})
        assert str(value) in str(error.value)


def test_an_error_is_told_in_the_chosen_language() -> None:
    with pytest.raises(ConfigError, match=r"^THRESHOLD is invalid\. .*0\.9.*received: 7"):
        Config.from_environ({"LANGUAGE": "en", "THRESHOLD": "7"})


def test_the_token_is_never_shown() -> None:
    with pytest.raises(ConfigError) as error:
        Config.from_environ({"DISCORD_TOKEN": "sec ret"})
    assert "sec" not in str(error.value)
    assert "secret" not in repr(Config.from_environ({"DISCORD_TOKEN": "secret"}))


@pytest.mark.parametrize("value", ["짧은 열쇠", FIRST[:-1], f"{FIRST}x", f"{FIRST} {SECOND}", f"{FIRST},nothing", ","])
def test_a_key_that_is_none_is_told_with_how_to_make_one_and_never_shown(value: str) -> None:
    for language in ("ko", "en"):
        with pytest.raises(ConfigError, match=r"^TEXT_KEY .*`python -m bot make-key`") as error:
            Config.from_environ({"TEXT_KEY": value, "LANGUAGE": language})
        assert value not in str(error.value).removeprefix("TEXT_KEY") or value == ","
        assert FIRST[:20] not in str(error.value)


def test_keys_are_not_in_the_repr() -> None:
    assert FIRST not in repr(Config.from_environ({"TEXT_KEY": FIRST}))


def test_a_database_password_is_not_in_the_repr() -> None:
    assert "hunter2" not in repr(Config.from_environ({"DATABASE_URL": "postgresql+asyncpg://jigi:hunter2@db/jigi"}))


class TestWatchedChannels:
    def test_all_includes_every_channel(self) -> None:
        assert Config.from_environ({"WATCH_CHANNELS": "ALL"}).watched.includes(5)

    def test_a_thread_counts_as_its_parent(self) -> None:
        watched = WatchedChannels(frozenset({5}))
        assert watched.includes(5)
        assert watched.includes(6, 5)
        assert not watched.includes(6, 7)
        assert not watched.includes(6)

    def test_nothing_is_watched_unless_somebody_says_so(self) -> None:
        assert not WatchedChannels()
        assert not WatchedChannels().includes(5, 6)


class TestDotEnv:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("RETENTION_DAYS", "LANGUAGE", "DISCORD_TOKEN"):
            monkeypatch.delenv(name, raising=False)

    def test_the_file_is_read_and_the_environment_left_alone(self) -> None:
        Path(".env").write_text("RETENTION_DAYS=7\nDISCORD_TOKEN=a$b\n", encoding="utf-8")
        config = Config.from_environ()
        assert (config.retention_days, config.discord_token) == (7, "a$b")
        assert "RETENTION_DAYS" not in os.environ

    def test_the_environment_goes_before_the_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path(".env").write_text("RETENTION_DAYS=7\n", encoding="utf-8")
        monkeypatch.setenv("RETENTION_DAYS", "8")
        assert Config.from_environ().retention_days == 8

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self) -> None:
        Path(".env").write_text("RETENTION_DAYS=7\n", encoding="utf-8-sig")
        assert Config.from_environ().retention_days == 7

    def test_a_file_in_another_encoding_is_a_clear_error(self) -> None:
        Path(".env").write_text("# 지기의 설정\n", encoding="cp949")
        with pytest.raises(ConfigError, match="UTF-8"):
            Config.from_environ()

    def test_a_desktops_gettext_language_is_not_meant_for_us(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Path(".env").write_text("LANGUAGE=en\n", encoding="utf-8")
        monkeypatch.setenv("LANGUAGE", "de_DE:ko_KR")
        assert Config.from_environ().language is Language.ENGLISH

    @pytest.mark.skipif(os.name != "posix", reason="the permissions of files are POSIX's")
    def test_whether_others_may_read_it_is_known(self) -> None:
        assert not is_exposed()
        Path(".env").write_text("DISCORD_TOKEN=a.b.c\n", encoding="utf-8")
        for mode, expected in ((0o644, True), (0o640, True), (0o604, True), (0o600, False)):
            Path(".env").chmod(mode)
            assert is_exposed() is expected, oct(mode)

    def test_the_example_file_is_a_configuration_of_defaults(self) -> None:
        example = ROOT / ".env.example"
        Path(".env").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
        assert Config.from_environ() == Config()
