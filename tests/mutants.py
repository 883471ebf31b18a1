"""Plant small faults in one module, one at a time, and see which of them the tests notice.

    python -m tests.mutants MODULE [LIMIT] [MINUTES]        make mutants MODULE=bot/storage/outbox.py LIMIT=30

Works in a copy of the project, so that nothing is left behind. Of all faults that can be planted a random `LIMIT` (the
same ones each time) is tried, for at most `MINUTES`; each faces the module's own tests and those of `MORE`. What lived
is printed. Some are no faults: a limit that may as well be one more, a sentence for the log. The rest are holes.
"""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.support.paths import ROOT

# What else tests a module or a room: a folder of tests, or a file.
MORE = {
    "bot/cogs/moderation": ["tests/bot/cogs/moderation"],
    "bot/cogs/shared": ["tests/bot/cogs"],
    "bot/services": ["tests/bot/services"],
    "bot/storage": ["tests/bot/storage", "tests/test_before.py"],
    "bot/wording": ["tests/bot/wording", "tests/bot/cogs"],
    "model/evaluation": ["tests/model/test_gate.py"],
    "model/reading/clean.py": ["tests/model/test_reference.py"],
    "model/versions": ["tests/model/versions"],
}
_NOT_COPIED = shutil.ignore_patterns(".venv", ".git", "runs", "__pycache__", ".*_cache", ".hypothesis")
_OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a module's source, in UTF-8, and what takes its place."""

    start: int
    end: int
    before: str
    after: str
    line: int


def faults_of(source: str) -> list[Fault]:
    """Return every fault that can be planted in a module."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def fault(node: ast.expr | ast.stmt, after: str) -> Fault:
        start, end = starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 0) - 1]
        end += node.end_col_offset or 0
        return Fault(start, end, source.encode()[start:end].decode(), after, node.lineno)

    found = [fault(node, after) for node in ast.walk(ast.parse(source)) for node, after in _changes(node)]
    return sorted(found, key=lambda each: (each.start, each.after))


def _changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Change a node of the syntax tree in every way that we know."""
    for change in (_of_operators, _of_values, _of_queries, _of_statements):
        yield from change(node)


def _of_operators(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Turn a comparison, drop or join what is joined, and take away a not."""
    match node:
        case ast.Compare(left, [op], [right]) if type(op) in _OPPOSITES:
            yield node, ast.unparse(ast.Compare(left, [_OPPOSITES[type(op)]()], [right]))  # type: ignore[list-item]
        case ast.BoolOp(op, values):
            yield node, f"({ast.unparse(ast.BoolOp(_OPPOSITES[type(op)](), values))})"  # type: ignore[arg-type]
            for rest in _without_one(values):
                yield node, f"({ast.unparse(ast.BoolOp(op, rest) if len(rest) > 1 else rest[0])})"
        case ast.BinOp(left, op, right) if type(op) in _OPPOSITES and not isinstance(right, ast.Constant | ast.Name):
            yield node, f"({ast.unparse(ast.BinOp(left, _OPPOSITES[type(op)](), right))})"  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield node, ast.unparse(operand)


def _of_values(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Turn a truth, and move a number by one."""
    match node:
        case ast.Constant(bool() as value):
            yield node, str(not value)
        case ast.Constant(int() as value):
            yield node, str(value + 1)
        case ast.If(test) | ast.IfExp(test):
            yield test, "True"
            yield test, "False"


def _of_queries(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Drop one condition of a query, or its order or its limit."""
    match node:
        case ast.Call(ast.Attribute(attr="where"), [_, _, *_] as conditions):
            for rest in _without_one(conditions):
                yield node, ast.unparse(ast.Call(node.func, rest, node.keywords))
        case ast.Call(ast.Attribute(value, "where" | "limit" | "order_by" | "desc" | "distinct")):
            yield node, ast.unparse(value)


def _of_statements(node: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Leave out what is called for its effect or raised, return nothing, and leave a loop otherwise."""
    match node:
        case ast.Expr(ast.Call() | ast.Await()) | ast.Raise():
            yield node, "pass"
        case ast.Return(ast.Call() | ast.Compare() | ast.Name()):
            yield node, "return None"
        case ast.Continue():
            yield node, "break"
        case ast.Break():
            yield node, "continue"


def _without_one(values: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for i in range(len(values)):
        yield values[:i] + values[i + 1 :]


def tests_of(module: str) -> list[str]:
    """Return the tests that face a module's faults."""
    path = Path(module)
    own = Path("tests") / path.with_name(f"test_{path.name}")
    more = next((MORE[each] for each in (module, *map(str, path.parents)) if each in MORE), [])
    chosen = [str(own)] if (ROOT / own).exists() else []
    return [*chosen, *(each for each in more if each not in chosen)]


def main(module: str, limit: int = 30, minutes: float = 20.0) -> int:
    """Plant faults in a module and print which were not noticed; return the exit code."""
    module = module.removeprefix("./")
    tests, source = tests_of(module), (ROOT / module).read_text(encoding="utf-8")
    faults = faults_of(source)
    faults = sorted(random.Random(7).sample(faults, min(limit, len(faults))), key=lambda each: each.start)
    if not tests or not faults:
        print(f"{module}: no tests of its own, or nothing to plant a fault in", file=sys.stderr)
        return 2
    deadline = monotonic() + 60 * minutes
    with TemporaryDirectory(prefix="jigi-mutants-") as name:
        copy = Path(name) / "jigi"
        shutil.copytree(ROOT, copy, ignore=_NOT_COPIED)
        begin = monotonic()
        if not _passes(copy, tests, 600):
            print(f"{module}: its tests fail without any fault: {' '.join(tests)}", file=sys.stderr)
            return 2
        longest = 20 + 3 * (monotonic() - begin)
        n_tried = n_caught = 0
        for fault in faults:
            if monotonic() > deadline:
                break
            whole = source.encode()
            (copy / module).write_bytes(whole[: fault.start] + fault.after.encode() + whole[fault.end :])
            is_caught = not _passes(copy, tests, longest)
            n_tried, n_caught = n_tried + 1, n_caught + is_caught
            if not is_caught:
                print(f"{module}:{fault.line}: {_brief(fault.before)}  →  {_brief(fault.after)}", flush=True)
    print(f"{module}: {n_caught} of {n_tried} faults caught, {n_caught / max(n_tried, 1):.0%}")
    return 0


def _passes(folder: Path, tests: list[str], longest: float) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *tests]
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=longest).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _brief(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 90 else f"{line[:60]} … {line[-28:]}"


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    sys.exit(main(name, *map(int, numbers)))
