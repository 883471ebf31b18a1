"""Sentences out of templates: neutral questions and announcements of kinds that stand in no corpus.

The templates and what is put into them stand in `templates.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence

import numpy as np

from model.data.paths import TEMPLATES
from model.reading.hangul import final_consonant

_BLANK = re.compile(r"\{(\w+)\}")
_PARTICLE = re.compile(r"(?P<last>.)\[(?P<forms>[가-힣]+)\]")


def generate_sentences(kinds: Sequence[str], n_each: int, generator: np.random.Generator) -> list[str]:
    """Return distinct sentences: `n_each` attempts at every template of the kinds."""
    document = tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))
    templates = [template for kind in kinds for template in document["templates"][kind]]
    filled = [fill(template, document["fillers"], generator) for template in templates for _ in range(n_each)]
    return list(dict.fromkeys(filled))


def fill(template: str, fillers: Mapping[str, Sequence[str]], generator: np.random.Generator) -> str:
    """Put a filler into every blank, none twice, and the particles' forms behind them."""
    used: set[str] = set()

    def choose(blank: re.Match[str]) -> str:
        unused = [filler for filler in fillers[blank[1]] if filler not in used]
        used.add(chosen := unused[int(generator.integers(len(unused)))])
        return chosen

    return _PARTICLE.sub(_with_particle, _BLANK.sub(choose, template))


def _with_particle(match: re.Match[str]) -> str:
    """Return the form for a final consonant, or the one without: 은/는, 이랑/랑; 으로/로 counts ㄹ as none."""
    last, forms = match["last"], match["forms"]
    final = final_consonant(last)
    with_final, without = forms[: (len(forms) + 1) // 2], forms[(len(forms) + 1) // 2 :]
    takes_first = final != "" and not (with_final == "으로" and final == "ㄹ")
    return last + (with_final if takes_first else without)
