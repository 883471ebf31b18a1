"""What builds and runs a container names what is there, is nobody's root, and is open to nobody.

No container engine is needed: what only one could tell is told in docs/OPERATIONS.md.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from bot.config import Config
from tests.support.paths import ROOT

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of the Dockerfile, and in which stage it stands."""

    stage: str
    name: str
    rest: str


def steps() -> list[Step]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    found, stage = [], ""
    for line in filter(str.strip, lines):
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            stage = rest.split(" AS ")[1]
        found.append(Step(stage, name, rest))
    return found


STEPS = steps()


def of(name: str, stage: str | None = None) -> list[str]:
    return [each.rest for each in STEPS if each.name == name and stage in (None, each.stage)]


def variables_of(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of("ENV", stage) for pair in shlex.split(rest))


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


class TestDockerfile:
    def test_every_file_that_it_copies_is_there(self) -> None:
        copied = [name for rest in of("COPY") if not rest.startswith("--from") for name in rest.split()[:-1]]
        assert [name for name in copied if not (ROOT / name).exists()] == []
        licences = _PROJECT["project"]["license-files"]
        packages = {name.rstrip("*") for name in _PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
        needed = {"constraints.txt", "pyproject.toml", _PROJECT["project"]["readme"], *licences, *packages}
        assert set(copied) == needed  # what a wheel is built of, and no file with a secret

    def test_every_stage_comes_from_an_earlier_one(self) -> None:
        known: list[str] = []
        for step in STEPS:
            if step.name == "FROM":
                base, name = step.rest.split(" AS ")
                assert base in known or ":" in base
                known.append(name)
            elif step.rest.startswith("--from="):
                assert step.rest.split()[0].removeprefix("--from=") in known[:-1]
        assert known[-2:] == ["train", "serve"]  # what is built where nobody names a stage

    def test_it_installs_with_the_constraints_and_extras_that_exist(self) -> None:
        installs = [rest for rest in of("RUN") if "pip install" in rest]
        assert installs
        assert [rest for rest in installs if "--constraint constraints.txt" not in rest] == []
        extras = {name for rest in installs for name in re.findall(r'"\.\[(\w+)\]"', rest)}
        assert extras == {"train"} <= _PROJECT["project"]["optional-dependencies"].keys()

    def test_nobody_is_root_in_it_and_it_writes_where_it_works(self) -> None:
        (user,), (folder,), (volume,) = of("USER"), of("WORKDIR", "runtime"), of("VOLUME")
        assert user.isdecimal()
        assert int(user) > 0
        assert f"--uid {user} " in " ".join(of("RUN", "runtime"))
        assert folder == volume == variables_of("runtime")["HOME"]
        database = Config().database_url.removeprefix("sqlite+aiosqlite:///")
        assert not database.startswith("/")  # a path from there

    def test_it_starts_jigi_and_asks_how_it_is(self) -> None:
        (entry,), (health,) = of("ENTRYPOINT"), of("HEALTHCHECK")
        assert json.loads(entry) == list(_PROJECT["project"]["scripts"])
        python, option, program = json.loads(health.partition("CMD")[2])
        assert (python, option) == ("python", "-c")
        compile(program, "HEALTHCHECK", "exec")
        assert "/healthz" in program
        names = {"METRICS_PORT", *variables_of("runtime")} - {"HOME", "MPLCONFIGDIR", "PATH", "PYTHONUNBUFFERED"}
        assert names == {"METRICS_PORT"}
        assert Config.from_environ(variables_of("runtime")).metrics_port == 9464


class TestCompose:
    def test_its_build_is_there(self) -> None:
        build = compose()["services"]["jigi"]["build"]
        assert build["context"] == "."
        assert build["target"] in {each.stage for each in STEPS}
        assert build["args"].keys() == {rest.partition("=")[0] for rest in of("ARG")}

    def test_nothing_is_open_to_other_computers(self) -> None:
        ports = [port for service in compose()["services"].values() for port in service.get("ports", ())]
        assert len(ports) == 2
        assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []

    def test_jigi_may_write_its_data_alone_and_gain_nothing(self) -> None:
        jigi = compose()["services"]["jigi"]
        assert jigi["read_only"] is True
        assert jigi["cap_drop"] == ["ALL"]
        assert jigi["security_opt"] == ["no-new-privileges:true"]
        (volume,) = jigi["volumes"]
        assert volume.split(":")[1] == of("VOLUME")[0]
        assert [each.split(":")[0] for each in jigi["tmpfs"]] == ["/tmp"]

    def test_it_watches_the_port_that_it_opens(self) -> None:
        jigi = compose()["services"]["jigi"]
        config = Config.from_environ(jigi["environment"])
        assert config.metrics_host == "0.0.0.0"
        assert jigi["ports"] == [f"127.0.0.1:{config.metrics_port}:{config.metrics_port}"]

    @pytest.mark.parametrize("service", ["jigi", "postgres"])
    def test_no_secret_stands_in_it(self, service: str) -> None:
        environment = compose()["services"][service].get("environment", {})
        assert [name for name in environment if re.search("PASSWORD|TOKEN|URL", name)] == []
        assert compose()["services"][service]["env_file"]
