"""What serving may not import."""

import subprocess
import sys

import pytest

HEAVY = {"tensorflow", "keras", "pandas", "sklearn", "gensim", "kiwipiepy", "matplotlib", "onnx", "tqdm"}


@pytest.mark.parametrize(
    "module", ["bot.__main__", "bot.client", "bot.plugin", "bot.console.app", "model.commands.score"]
)
def test_serving_imports_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_console_needs_no_discord() -> None:
    program = "import sys, bot.console.app; print('discord' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
