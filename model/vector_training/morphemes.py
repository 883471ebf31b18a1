"""Bring review texts to their words: nouns, verbs and adjectives in dictionary form, adverbs, slang, jamo laughter.

The only importer of Kiwi. `model.vector_training.train` learns from what `analyse_corpus` writes; serving knows
inflected forms from a table made of the same analysis.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from kiwipiepy import Kiwi, Token
from tqdm import tqdm

from model.corpora.corpus import Corpus
from model.examples import ExampleLabel, target_of
from model.vector_training.compounds import JOINS, SUFFIX

_UNINFLECTED = {"NNG", "NNP", "NR", "NP", "XR", "XPN", "XSN", "MAG", "IC"}  # Kiwi's tags, those of the Sejong corpus
_INFLECTED = {"VV", "VA", "VCN"}
_SUFFIXES = {"XSV", "XSA", "XSM"}
_LAUGHTER = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_HANGUL = re.compile(r"[가-힣]+")
_N_BATCH = 20_000  # texts between two steps of the progress bar
_LABELS = {target_of(ExampleLabel.POSITIVE): "1", target_of(ExampleLabel.NEGATIVE): "0"}


@dataclass(frozen=True, slots=True)
class WordFiles:
    """What Kiwi made of one corpus: `label<TAB>words` lines, and inflected forms with their words and counts."""

    words: Path
    forms: Path

    def labelled_words(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the label (1, 0, or nothing) and the marked words of each text."""
        with self.words.open(encoding="utf-8") as lines:
            for line in lines:
                label, _, words = line.rstrip("\n").partition("\t")
                yield label, words.split()

    def counted_forms(self) -> list[tuple[str, str, int]]:
        """Return what was written between spaces, its marked words, and how often, most frequent first."""
        return [(form, words, n) for form, words, n in json.loads(self.forms.read_text(encoding="utf-8"))]


def analyse_corpus(corpus: Corpus, folder: Path, key: str) -> WordFiles:
    """Analyse a corpus and write its words to `folder`; a corpus analysed before (of the same key) is not again."""
    files = WordFiles(folder / f"{corpus.name}-{key}.words.tsv", folder / f"{corpus.name}-{key}.forms.json")
    if files.forms.exists():
        return files
    folder.mkdir(parents=True, exist_ok=True)
    kiwi = Kiwi(num_workers=min(2, os.cpu_count() or 1))
    forms: Counter[tuple[str, str]] = Counter()
    labels = (_LABELS.get(float(target), "") for target in corpus.targets)
    with files.words.open("w", encoding="utf-8") as file, tqdm(total=len(corpus), desc=corpus.name, unit="text") as bar:
        for texts in _batches(corpus.texts):
            for text, tokens in zip(texts, kiwi.tokenize(texts, normalize_coda=True), strict=True):
                words = _words_of_text(text, tokens, forms)
                file.write(f"{next(labels)}\t{' '.join(words)}\n")
            bar.update(len(texts))
    _write_forms(forms, files.forms)
    return files


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _N_BATCH):
        yield texts[start : start + _N_BATCH]


def _write_forms(forms: Counter[tuple[str, str]], path: Path) -> None:
    """Write the forms seen twice or more; the file stands only when the whole corpus was read."""
    rows = [[form, words, n] for (form, words), n in forms.most_common() if n > 1]
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    aside.replace(path)


def _words_of_text(text: str, tokens: Iterable[Token], forms: Counter[tuple[str, str]]) -> list[str]:
    words = []
    for _, group in groupby(tokens, key=lambda token: (token.sent_position, token.word_position)):
        part = list(group)
        found = list(_words_of_part(part))
        words += found
        spoken = [token for token in part if not _LAUGHTER.fullmatch(token.form)]
        if found and spoken:
            form = text[spoken[0].start : max(token.end for token in spoken)].strip()
            forms[form, " ".join(word for word in found if not _LAUGHTER.fullmatch(word))] += 1
    return words


def _words_of_part(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the words of what was written without a space."""
    end_of_noun = -1  # where the last uninflected word ends, that the next one may join
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        tag = token.tag.partition("-")[0]
        is_bare = following is None or following.start >= token.end  # nothing is fused to it
        word = _word(token, tag, is_bare and (following is None or not following.tag.startswith("E")))
        if word is None:
            continue
        joins = token.start == end_of_noun and not _LAUGHTER.fullmatch(word)
        if tag in _SUFFIXES:
            if joins:
                yield SUFFIX + word
            end_of_noun = -1
            continue
        yield JOINS + word if joins else word
        end_of_noun = token.end if tag in _UNINFLECTED else -1


def _word(token: Token, tag: str, has_no_ending: bool) -> str | None:
    """Return the dictionary form, or None for particles, endings, numbers and the like."""
    if _LAUGHTER.fullmatch(token.form):
        return _REPEATED.sub(r"\1\1", token.form)
    if not _HANGUL.fullmatch(token.form):
        return None
    if tag in _UNINFLECTED:
        return str(token.form)
    if tag in _INFLECTED:  # a stem without ending is slang that looks like one: 비추, not 비추다
        return str(token.form if has_no_ending else token.lemma)
    if tag in _SUFFIXES:
        return f"{token.form}다"
    return None
