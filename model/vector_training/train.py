"""Learn word vectors from reviews with gensim, judge them, and write them for `model.vectors.keyed_vectors`.

The only importer of gensim. `model.vector_training.morphemes` brings the texts to words,
`model.vector_training.compounds` decides which morphemes make one, `model.vector_training.word_pairs` judges; beside
each run, plain word2vec on space-separated words is trained and judged too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import FastText, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.keyedvectors import KeyedVectors
from tqdm import tqdm

from model.corpora.corpus import NEUTRAL_TARGET, Corpus, make_corpus
from model.corpora.names import FILES
from model.corpora.readers import (
    read_3i4k,
    read_chat,
    read_kodoli,
    read_labelled_csv,
    read_naver_shopping,
    read_nsmc,
    read_nsmc_mixed,
    read_plain,
)
from model.errors import CorpusError
from model.vector_training.build_table import make_table
from model.vector_training.compounds import Compounds
from model.vector_training.morphemes import WordFiles, analyse_corpus
from model.vector_training.word_pairs import count_found_pairs
from model.vectors.keyed_vectors import Vectors
from model.vectors.table import WordsManifest, publish_words


def _read_community(path: Path) -> Corpus:
    """Read talk and opinions alike: a word's leaning is that of reviews."""
    texts = [text for corpus in read_kodoli(path) for text in corpus.texts]
    return make_corpus("community", texts, np.full(len(texts), NEUTRAL_TARGET))


_READERS = {
    "shopping": read_naver_shopping,
    "movies": read_nsmc,
    "mixed_reviews": read_nsmc_mixed,
    "chat": read_chat,
    "community": _read_community,
    "requests": read_3i4k,
}


@dataclass(frozen=True, slots=True)
class WordRecipe:
    """How vectors are learned; gensim's names for gensim's options. `repeats` shows a small corpus more often."""

    algorithm: str = "word2vec"  # or fasttext
    sg: int = 0
    vector_size: int = 100
    window: int = 5
    negative: int = 10
    sample: float = 1e-4
    alpha: float = 0.025
    epochs: int = 12
    n_words: int = 20_000
    n_forms: int = 60_000
    compound_min_count: int = 10
    compound_threshold: float = 10.0
    independence: float = 0.5
    shopping_repeats: int = 3
    n_common: int = 2  # directions that all words share, taken out


COMPARED_RECIPES = {
    "word2vec CBOW": WordRecipe(sg=0),
    "word2vec skip-gram": WordRecipe(sg=1),
    "fastText CBOW": WordRecipe(algorithm="fasttext", sg=0),
    "fastText skip-gram": WordRecipe(algorithm="fasttext", sg=1),
}


@dataclass(frozen=True, slots=True)
class WordRun:
    """One training run: what it reads, where it writes, and the command that repeats it."""

    recipe: WordRecipe
    corpora: Sequence[Corpus]
    seed: int
    output: Path
    checkpoints: Path
    command: str
    workers: int = 1  # more are faster, but then no two runs give the same vectors


def read_corpora(paths: Sequence[Path]) -> list[Corpus]:
    """Read folders of corpora (as `python -m model train` does) and single files.

    A file named as in `model.corpora.splits.FILES` is of that format, .csv and .tsv have the columns label and text,
    any other holds one text a line.

    Raises:
        CorpusError: A file is not of its format, or there is none.
    """
    files = [file for path in paths for file in (_known_files(path) if path.is_dir() else [path])]
    if not files:
        raise CorpusError(f"No corpus in {', '.join(map(str, paths))}. Fetch one with `python -m model download nsmc`.")
    return [_read(file) for file in files]


def _known_files(folder: Path) -> list[Path]:
    return [folder / name for names in FILES.values() for name in names if (folder / name).is_file()]


def _read(path: Path) -> Corpus:
    kind = next((kind for kind, names in FILES.items() if path.name in names), "")
    if kind in _READERS:
        return _READERS[kind](path)
    return read_labelled_csv(path) if path.suffix in {".csv", ".tsv"} else read_plain(path, path.stem)


def train_vectors(run: WordRun) -> WordsManifest:
    """Learn, judge and publish vectors; return the manifest they were published with."""
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    files = [analyse_corpus(corpus, run.checkpoints, _checksum(corpus)) for corpus in run.corpora]
    compounds = learn_compounds(run.recipe, files)
    sentences = write_joined_words(run, files, compounds)
    trained = fit_vectors(run.recipe, sentences, run.seed, run.workers, "words")
    plain = fit_vectors(baseline(run.recipe), write_spaces(run), run.seed, run.workers, "spaces")
    cleared = without_common(trained, run.recipe.n_common)
    table = make_table(files, compounds, cleared.index_to_key, cleared.vectors, run.recipe.n_forms)
    metrics = {
        "shipped": count_found_pairs(Vectors(table)),
        "before_rounding": count_found_pairs(cleared),
        "with_common_directions": count_found_pairs(trained),
        "word2vec_on_spaces": count_found_pairs(plain),
        "word2vec_on_spaces_without_common": count_found_pairs(without_common(plain, run.recipe.n_common)),
    }
    manifest = WordsManifest(run.output.name, metrics, _provenance(run))
    publish_words(run.output, manifest, table)
    return manifest


def compare(run: WordRun, candidates: Mapping[str, WordRecipe]) -> dict[str, Any]:
    """Learn and judge candidates on the same words, and word2vec on space-separated words; publish nothing."""
    files = [analyse_corpus(corpus, run.checkpoints, _checksum(corpus)) for corpus in run.corpora]
    judged = {}
    for name, recipe in candidates.items():
        sentences = write_joined_words(replace(run, recipe=recipe), files, learn_compounds(recipe, files))
        trained = fit_vectors(recipe, sentences, run.seed, run.workers, name)
        judged[name] = count_found_pairs(without_common(trained, recipe.n_common))
    plain = fit_vectors(baseline(run.recipe), write_spaces(run), run.seed, run.workers, "spaces")
    return {**judged, "word2vec on spaces": count_found_pairs(plain)}


def baseline(recipe: WordRecipe) -> WordRecipe:
    """Return plain word2vec (skip-gram or CBOW as the recipe) with the recipe's other options."""
    return replace(recipe, algorithm="word2vec")


def learn_compounds(recipe: WordRecipe, files: Sequence[WordFiles]) -> Compounds:
    """Learn from all words which morphemes make one."""
    lines = (words for file in files for _, words in file.labelled_words())
    return Compounds.learn(lines, recipe.compound_min_count, recipe.compound_threshold, recipe.independence)


def write_joined_words(run: WordRun, files: Sequence[WordFiles], compounds: Compounds) -> Path:
    """Write the joined words of all corpora, one text a line, as gensim reads them."""
    path = run.checkpoints / "sentences.txt"
    with path.open("w", encoding="utf-8") as output:
        for file, corpus in zip(files, run.corpora, strict=True):
            text = "".join(f"{' '.join(compounds.join(words))}\n" for _, words in file.labelled_words())
            output.write(text * _repeats(run, corpus))
    return path


def write_spaces(run: WordRun) -> Path:
    """Write the same texts as they are, their words parted by spaces."""
    path = run.checkpoints / "spaces.txt"
    with path.open("w", encoding="utf-8") as output:
        for corpus in run.corpora:
            output.write("".join(f"{text}\n" for text in corpus.texts) * _repeats(run, corpus))
    return path


def _repeats(run: WordRun, corpus: Corpus) -> int:
    return run.recipe.shopping_repeats if corpus.name == "naver-shopping" else 1


def fit_vectors(recipe: WordRecipe, sentences: Path, seed: int, workers: int, name: str) -> KeyedVectors:
    """Learn vectors of the `n_words` most frequent words; show the epochs as they pass."""
    model_class = {"word2vec": Word2Vec, "fasttext": FastText}[recipe.algorithm]
    with tqdm(total=recipe.epochs, desc=name, unit="epoch") as bar:
        model = model_class(
            corpus_file=str(sentences), sg=recipe.sg, vector_size=recipe.vector_size, window=recipe.window,
            negative=recipe.negative, sample=recipe.sample, alpha=recipe.alpha, epochs=recipe.epochs, min_count=2,
            max_final_vocab=recipe.n_words, seed=seed, workers=workers, callbacks=[_Bar(bar)],
        )  # fmt: skip
    vectors = KeyedVectors(recipe.vector_size)
    vectors.add_vectors(model.wv.index_to_key, model.wv.vectors)
    return vectors


def without_common(trained: KeyedVectors, n_directions: int) -> KeyedVectors:
    """Return the vectors centred and without the directions along which all words vary most.

    Source: Mu & Viswanath, All-but-the-Top: Simple and Effective Postprocessing for Word Representations.
    """
    directions = trained.vectors / np.linalg.norm(trained.vectors, axis=1, keepdims=True)
    centred = directions - directions.mean(axis=0)
    common = np.linalg.svd(centred, full_matrices=False)[2][:n_directions]
    cleared = KeyedVectors(trained.vector_size)
    cleared.add_vectors(trained.index_to_key, (centred - centred @ common.T @ common).astype(np.float32))
    return cleared


class _Bar(CallbackAny2Vec):
    def __init__(self, bar: tqdm[Any]) -> None:
        self._bar = bar

    def on_epoch_end(self, model: object) -> None:
        self._bar.update()


def _checksum(corpus: Corpus) -> str:
    """Return what changes when the texts, their labels or Kiwi do."""
    digest = hashlib.sha256(version("kiwipiepy").encode())
    digest.update("\n".join(corpus.texts).encode())
    digest.update(corpus.targets.tobytes())
    return digest.hexdigest()[:12]


def _provenance(run: WordRun) -> dict[str, Any]:
    return {
        "command": run.command,
        "seed": run.seed,
        "workers": run.workers,
        "recipe": asdict(run.recipe),
        "corpora": {corpus.name: len(corpus) for corpus in run.corpora},
        "packages": {name: version(name) for name in ("gensim", "kiwipiepy", "numpy")},
    }
