"""The console judges lines as the bot judges messages, and prints what people and programs can read."""

from __future__ import annotations

import codecs
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.console.output import MARKED, RED, Screen
from bot.localisation.formats import width
from bot.localisation.texts import Texts
from model.vectors.table import VECTORS
from tests.support.paths import ROOT
from tests.support.processes import heed_interrupts
from tests.support.store import BAD, GOOD, PLAIN, rows
from tests.support.tiny_words import make_words

KO = Texts.load("ko")


class Console:
    """Runs `python -m bot console` in a folder with a configuration of its own."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        self.database = folder / "jigi.sqlite3"
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        self.environ = kept | {"PYTHONPATH": str(ROOT), "MODEL": str(model), "PYTHONUTF8": "1", "TERM": "xterm"}

    def run(self, *arguments: str, typed: str | bytes = b"", **environ: str) -> subprocess.CompletedProcess[str]:
        raw = typed.encode() if isinstance(typed, str) else typed
        process = subprocess.run(
            self.command(*arguments), input=raw, capture_output=True, cwd=self.folder, timeout=60,
            env=self.environ | environ,
        )  # fmt: skip
        return subprocess.CompletedProcess(
            process.args, process.returncode, process.stdout.decode(), process.stderr.decode()
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "bot", "console", *arguments]

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(statement)


@pytest.fixture
def console(tmp_path: Path, tiny_model: Path) -> Console:
    return Console(tmp_path, tiny_model)


def json_lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


class TestLines:
    def test_every_line_is_judged_stored_and_printed(self, console: Console) -> None:
        result = console.run("--keep", typed=f"{BAD}\n{GOOD}\n{PLAIN}")
        header, bad, good, plain, empty, summary = result.stdout.splitlines()
        assert result.returncode == 0
        assert result.stderr == ""
        assert header.split() == ["판정", "부정", "확률", "표시", "메시지"]
        assert bad.split(maxsplit=3) == ["부정", "100%", "🚩", BAD]
        assert good.split(maxsplit=2)[::2] == ["긍정", GOOD]
        assert plain.split(maxsplit=2)[::2] == ["중립", PLAIN]
        assert empty == ""
        assert summary.startswith("메시지 3개를 판정해 1개를 표시했어요. (1초에 ")
        assert rows(console.database, "SELECT is_flagged, text FROM verdicts") == [(1, BAD), (0, None), (0, None)]
        assert rows(console.database, "SELECT * FROM actions") == []

    def test_nothing_is_stored_unless_somebody_asks_for_it(self, console: Console) -> None:
        before = set(console.folder.rglob("*"))
        result = console.run(typed=f"{BAD}\n{GOOD}\n", DATABASE_URL=f"sqlite+aiosqlite:///{console.database}")
        assert result.returncode == 0
        assert "메시지 2개를 판정해 1개를 표시했어요" in result.stdout
        assert set(console.folder.rglob("*")) == before

    @pytest.mark.parametrize(
        ("typed", "key"), [(f"{GOOD}\n", "console.nothing_flagged"), ("", "console.nothing_judged")]
    )
    def test_where_there_is_nothing_to_count_it_says_so(self, console: Console, typed: str, key: str) -> None:
        summary = console.run(typed=typed).stdout.splitlines()[-1]
        assert summary.startswith(KO(key, n_judged=1, rate="").partition("(")[0])

    def test_the_columns_are_aligned(self, console: Console) -> None:
        wide = "글" + "A" + "😀 별로 👨\u200d👩\u200d👧"
        result = console.run(typed=f"{BAD}\n{wide}\n")
        starts = {
            width(line[: line.index(text)])
            for line, text in zip(result.stdout.splitlines(), ["메시지", BAD, wide], strict=False)
        }
        assert len(starts) == 1

    def test_it_speaks_english_when_asked_to(self, console: Console) -> None:
        result = console.run("--language", "en", typed=BAD)
        assert "negative" in result.stdout
        assert "Messages judged: 1, flagged: 1" in result.stdout

    def test_a_file_is_read_with_a_byte_order_mark_and_windows_line_ends(self, console: Console) -> None:
        (console.folder / "리뷰.txt").write_bytes(f"\ufeff{BAD}\r\n{GOOD}\r\n".encode())
        documents = json_lines(console.run("리뷰.txt", "--json").stdout)
        assert [document["text"] for document in documents] == [BAD, GOOD]

    @pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
    def test_files_and_pipes_of_korean_windows_are_read(self, console: Console, encoding: str) -> None:
        content = f"{BAD}\n{GOOD}\n".encode(encoding)
        (console.folder / "리뷰.txt").write_bytes(content)
        for result in (console.run("리뷰.txt", "--json"), console.run("--json", typed=content)):
            assert [document["text"] for document in json_lines(result.stdout)] == [BAD, GOOD]

    def test_a_file_that_is_no_text_is_one_line(self, console: Console) -> None:
        (console.folder / "a.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
        result = console.run("a.xlsx")
        assert result.returncode == 1
        assert result.stderr.splitlines() == [KO("console.no_text", path="a.xlsx")]

    def test_lines_with_nothing_to_judge_are_counted_and_not_stored(self, console: Console) -> None:
        result = console.run("--keep", typed=f"\n{GOOD}\n👍\nhello\n")
        assert "판정할 글자가 없는 3줄은 건너뛰었어요." in result.stdout
        assert rows(console.database, "SELECT count(*) FROM verdicts") == [(1,)]

    def test_no_byte_of_any_kind_stops_it(self, console: Console) -> None:
        odd = [BAD.encode("cp949"), "별로\x00\x1b[31m\u202e끝".encode(), b"\xed\xa0\x80\xeb\xb3\x84", b"\xff" * 9]
        result = console.run(typed=b"\n".join([*odd, GOOD.encode()]))
        assert result.returncode == 0
        assert GOOD in result.stdout
        assert "\x1b" not in result.stdout
        assert "\x00" not in result.stdout

    def test_a_terminal_without_hangul_gets_question_marks(self, console: Console) -> None:
        result = console.run(typed=BAD, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
        assert result.returncode == 0
        assert "100%" in result.stdout

    def test_the_same_lines_again_are_new_messages(self, console: Console) -> None:
        for _ in range(2):
            console.run("--keep", typed=f"{GOOD}\n{GOOD}\n")
        assert rows(console.database, "SELECT count(DISTINCT message_id) FROM verdicts") == [(4,)]

    def test_more_lines_than_the_queue_holds_all_come_out_in_order(self, console: Console) -> None:
        lines = [f"{number}번째 글이에요" for number in range(5000)]
        documents = json_lines(console.run("--json", typed="\n".join(lines)).stdout)
        assert [document["text"] for document in documents] == lines
        ids = [document["message_id"] for document in documents]
        assert ids == sorted(set(ids))

    def test_a_line_from_a_pipe_is_judged_when_it_comes(self, console: Console) -> None:
        with subprocess.Popen(
            console.command("--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=console.folder, env=console.environ,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            for line in (BAD, GOOD):
                process.stdin.write(f"{line}\n".encode())
                process.stdin.flush()
                assert json.loads(process.stdout.readline())["text"] == line  # and the pipe is still open

    def test_a_reader_who_has_seen_enough_is_no_error_to_show(self, console: Console) -> None:
        with subprocess.Popen(
            console.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=console.folder, env=console.environ,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.close()
            _, errors = process.communicate(f"{GOOD}\n".encode() * 20_000, timeout=60)
        assert errors == b""


class TestJson:
    def test_a_line_is_an_object_with_everything(self, console: Console, tiny_model: Path) -> None:
        result = console.run("--json", typed=BAD)
        (document,) = json_lines(result.stdout)
        assert document.pop("message_id") > 1 << 60
        assert document.pop("probability") + document.pop("negative_probability") == 1
        assert document == {
            "text": BAD, "label": "부정", "is_flagged": True, "threshold": 0.9, "model_version": "keyword-1",
        }  # fmt: skip
        assert "메시지 1개" in result.stderr

    def test_the_threshold_can_be_chosen(self, console: Console) -> None:
        (document,) = json_lines(console.run("--json", typed=PLAIN, THRESHOLD="0.3").stdout)
        assert (document["is_flagged"], document["threshold"]) == (True, 0.3)


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "environ", "sentence"),
        [
            (["없는 파일.txt"], {}, "없는 파일.txt 파일을 읽을 수 없어요"),
            (["."], {}, "읽을 수 없어요"),
            (["--language", "en", "none.txt"], {}, "none.txt cannot be read"),
            ([], {"THRESHOLD": "2"}, "THRESHOLD 값이 잘못됐어요"),
            ([], {"THRESHOLD": "2", "LANGUAGE": "en"}, "THRESHOLD is invalid"),
            ([], {"MODEL": "none"}, "모델을 읽을 수 없어요"),
            ([], {"VECTORS": "none"}, "VECTORS 값이 잘못됐어요"),
            (
                ["--keep"],
                {"DATABASE_URL": "sqlite+aiosqlite:////none/x.sqlite3"},
                "/none/x.sqlite3 파일을 열거나 만들 수 없어요",
            ),
            (["--keep"], {"DATABASE_URL": "sqlite+aiosqlite:////none/x", "LANGUAGE": "en"}, "/none/x cannot be opened"),
        ],
    )
    def test_what_keeps_it_from_starting_is_one_line(
        self, console: Console, arguments: list[str], environ: dict[str, str], sentence: str
    ) -> None:
        result = console.run(*arguments, **environ)
        assert result.returncode == 1
        assert result.stdout == ""
        assert sentence in result.stderr
        assert len(result.stderr.splitlines()) == 1

    def test_a_damaged_model_is_one_line(self, console: Console, tiny_model: Path) -> None:
        damaged = console.folder / "damaged"
        damaged.mkdir()
        for file in tiny_model.iterdir():
            (damaged / file.name).write_bytes(file.read_bytes()[:-1] if file.suffix == ".onnx" else file.read_bytes())
        result = console.run(MODEL=str(damaged))
        assert result.returncode == 1
        assert "network.onnx" in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert not console.database.exists()

    def test_the_outbox_of_the_bot_is_left_alone(self, console: Console) -> None:
        console.run("--keep", typed=BAD)
        console.change(
            "INSERT INTO actions (verdict_id, kind, state, created_at) VALUES (1, 'react', 'pending', '2026-01-01')"
        )
        console.run("--keep", typed=BAD)
        assert rows(console.database, "SELECT state FROM actions") == [("pending",)]

    def test_texts_past_their_time_are_erased_here_too(self, console: Console) -> None:
        console.run("--keep", typed=BAD)
        console.change("UPDATE verdicts SET created_at = '2020-01-01 00:00:00.000000'")
        console.run("--keep", typed=GOOD)
        assert rows(console.database, "SELECT text FROM verdicts") == [(None,), (None,)]


class Typist:
    """Types into a console on a terminal of its own, and reads what it shows."""

    def __init__(self, console: Console, *, shown: str = "", **environ: str) -> None:
        self._shown = shown
        self.screen, inside = pty.openpty()
        self.process = subprocess.Popen(
            console.command("--keep"), stdin=inside, stdout=inside, stderr=inside, cwd=console.folder,
            env=console.environ | environ, start_new_session=True, preexec_fn=heed_interrupts,
        )  # fmt: skip
        os.close(inside)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._unread = ""

    def read_until(self, text: str) -> str:
        """Return what is shown up to a text."""
        deadline = time.monotonic() + 30
        while text not in self._unread:
            assert select.select([self.screen], [], [], max(0, deadline - time.monotonic()))[0], self._unread
            self._unread += self._decoder.decode(os.read(self.screen, 4096))
        before, _, self._unread = self._unread.partition(text)
        return before + text

    def type(self, line: str, until: str) -> str:
        """Type a line and return what is shown up to a text."""
        os.write(self.screen, f"{line}\n".encode())
        return self.read_until(until)

    def interrupt(self) -> None:
        """Press Ctrl-C at the prompt.

        Python's readline misses one that comes just before it waits for a key, and takes it with the next key.
        """
        self.read_until("› ")
        console = psutil.Process(self.process.pid)
        while console.status() != psutil.STATUS_SLEEPING:
            time.sleep(0.01)
        self.process.send_signal(signal.SIGINT)

    def ends_with(self) -> int:
        return self.process.wait(20)

    def __enter__(self) -> Typist:
        assert self._shown in self.read_until("›")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


class TestConversation:
    def test_messages_are_judged_and_commands_obeyed(self, console: Console) -> None:
        with Typist(console) as typist:
            assert f"\x1b[{RED}m" in typist.type(BAD, "🚩")
            assert f"\x1b[{MARKED}m별\x1b[0m로예요" in typist.type("!check 별로예요", "\x1b[0m로예요")
            assert "!확인" in typist.type("!help", "쓸 수 있어요.")
            assert "확인할 글을 함께" in typist.type("!확인", "늦어요`")
            assert "확인할 글자가 없어요" in typist.type("hello", "주세요")
            assert "중립" in typist.type("!이게 뭐야", "40.1%")  # no command: talk
            assert "메시지 2개를 판정해 1개를 표시했어요" in typist.type("!quit", "초에")
            assert typist.ends_with() == 0
        assert rows(console.database, "SELECT is_flagged FROM verdicts") == [(1,), (0,)]

    def test_what_was_judged_here_is_counted_here(self, console: Console) -> None:
        with Typist(console) as typist:
            typist.type(BAD, "🚩")
            typist.type(GOOD, GOOD)
            assert KO("stats.too_few", n=0, least=10) in typist.type("!통계", "현재 0건)")
            assert KO("stats.counts", n_judged=2, n_flagged=1) in typist.type("!stats 1", "현재 0건)")

    def test_it_begins_with_the_columns_and_says_what_a_check_has_cut(self, console: Console) -> None:
        with Typist(console, shown="메시지") as typist:
            answer = typist.type("!확인 늦어요" + " 오늘 저녁 뭐 먹지" * 20, "보여 드려요.")
        assert "부정 확률" in answer
        assert "글 223자 중" in answer

    @pytest.mark.parametrize(
        ("typed", "answer"),
        [
            ("!threshold show", "지금 기준: 90% (모델의 기본값)"),
            ("!기준", "지금 기준: 90% (모델의 기본값)"),
            ("!stats", KO("stats.nothing_judged")),
            ("!통계 7", KO("stats.title", n_days=7)),
            ("!stats 366", KO("error.usage", example="!통계 30")),
            ("!model", KO("model.configured", name="keyword-1")),
            ("!도움말 확인", KO("command.check_description")),
            ("!help 뭐", KO("help.unknown", name="뭐", command="!도움말")),
            *(
                (typed, KO("console.elsewhere", command=typed.split()[0], help="!도움말"))
                for typed in (
                    "!teach 부정 늦어요",
                    "!예시 목록",
                    "!기준 정하기 50%",
                    "!학습",
                    "!model use v2",
                    "!훑어보기",
                    "!export",
                )
            ),
        ],
    )
    def test_commands_of_discord_answer_here_too_or_say_where_they_belong(
        self, console: Console, typed: str, answer: str
    ) -> None:
        with Typist(console) as typist:
            typist.type(typed, answer)
            assert KO("console.nothing_judged") in typist.type("!끝", "없어요.")

    def test_no_color_is_respected(self, console: Console) -> None:
        with Typist(console, NO_COLOR="1") as typist:
            assert "작용한 글자" in typist.type("!check 별로예요", "「별」로예요")
            assert "\x1b[31m" not in typist.type(BAD, "🚩")
            typist.read_until("›")
            os.write(typist.screen, b"\x04")  # Ctrl-D
            assert typist.ends_with() == 0

    def test_ctrl_c_ends_it_at_once_with_the_summary(self, console: Console) -> None:
        with Typist(console) as typist:
            typist.type(BAD, "🚩")
            typist.interrupt()
            assert "Traceback" not in typist.read_until("메시지 1개를 판정해")
            assert typist.ends_with() == 130


class TestWords:
    @pytest.fixture
    def typist(self, console: Console) -> Iterator[Typist]:
        make_words(console.folder / "words")
        with Typist(console, VECTORS=str(console.folder / "words")) as typist:
            yield typist

    def test_words_are_asked_for_by_english_and_korean_names(self, typist: Typist) -> None:
        for name in ("similar", "비슷한말"):
            answer = typist.type(f"!{name} 느려요 topn:2", "성향이에요.")
            assert "느려요 → 느리다" in answer
            assert "\n  0.781  100×  부정  배달\r\n  0.703  700×  부정  택배\r\n" in answer
        assert "배우 + 배송 − 영화 = ?" in typist.type("!analogy 배우 배송 - 영화", "성향이에요.")
        assert "배송 · 택배: 유사도 0.989" in typist.type("!유사도 배송 택배", "성향이에요.")
        assert "배우 · 나머지와 가장 달라요" in typist.type("!oddone 배송 택배 배우", "성향이에요.")
        assert "판정 모델이 비슷하게 읽는 글자" in typist.type("!similar 굿 layer:classifier", "유사도예요.")

    def test_a_mistake_is_answered_and_judged_by_nobody(self, typist: Typist) -> None:
        assert "아직 모르는 단어예요: 배숑. 혹시 이 단어를 찾으셨나요? 배송" in typist.type("!similar 배숑", "배송")
        assert "세 개 이상" in typist.type("!다른말 배송", "예: `!다른말")
        assert KO("console.nothing_judged") in typist.type("!quit", "없어요.")

    def test_the_picture_is_saved_where_asked(self, typist: Typist, console: Console) -> None:
        typist.type("!similar 배송 picture:배송.png", "그림을 배송.png 파일에 저장했어요.")
        assert (console.folder / "배송.png").read_bytes().startswith(b"\x89PNG")
        typist.type("!similar 배송 picture:none/배송.png", "none/배송.png 파일에 쓸 수 없어요.")

    def test_damaged_vectors_are_said_when_asked_and_nothing_else_stops(self, typist: Typist, console: Console) -> None:
        (console.folder / "words" / VECTORS).write_bytes(b"")
        assert "단어 벡터를 읽을 수 없어요" in typist.type("!similar 배송", "damaged")
        assert "부정" in typist.type(BAD, "🚩")


class TestTerminal:
    def test_a_pipe_has_neither_width_nor_colour(self) -> None:
        screen = Screen()
        assert screen.fit("가" * 500, 10) == "가" * 500
        assert screen.paint("글", RED) == "글"
