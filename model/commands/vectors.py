"""`python -m model vectors train · load · catalog · evaluate` and `similar`: the word vectors' command line.

`model.__main__` calls `add_commands`. Each command imports what it needs when it runs: `similar` knows no gensim, and
matplotlib only when a picture is asked for.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import CommandError
from model.vectors.table import PRETRAINED_WORDS
from model.versions.version import PRETRAINED

if TYPE_CHECKING:
    from model.vectors.keyed_vectors import Neighbour, Vectors

DEFAULT_FOLDER = Path(os.environ.get("VECTORS") or PRETRAINED_WORDS)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], corpora: Path) -> None:
    """Add `vectors` and `similar` to the parser's commands; `corpora` is the default folder of the corpora."""
    _add_similar(commands.add_parser("similar", help="show the words nearest to a word; needs no gensim"))
    vectors = commands.add_parser("vectors", help="train, load and judge word vectors")
    actions = vectors.add_subparsers(required=True, metavar="ACTION")
    _add_train(actions.add_parser("train", help="learn word vectors from reviews"), corpora)

    load = actions.add_parser("load", help="take word2vec, fastText or gensim vectors made elsewhere")
    load.add_argument("file", type=Path, help="word2vec text or binary, fastText .vec or .bin, or gensim KeyedVectors")
    load.add_argument("--output", type=Path, help="folder to write (default: runs/NAME-OF-FILE)")
    load.add_argument("--limit", type=int, default=200_000, help="keep the first so many words (default: 200000)")
    load.set_defaults(run=_load)

    catalog = actions.add_parser("catalog", help="list the vectors that gensim can download")
    catalog.add_argument("--json", action="store_true", help="print JSON instead of a table")
    catalog.set_defaults(run=_catalog)

    evaluate = actions.add_parser("evaluate", help="judge vectors by the word pairs written for Jigi")
    evaluate.add_argument(
        "--vectors", type=Path, default=DEFAULT_FOLDER, help="folder (default: VECTORS or the shipped)"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluate.set_defaults(run=_evaluate)


def _add_train(train: argparse.ArgumentParser, corpora: Path) -> None:
    train.add_argument(
        "--corpus", type=Path, nargs="+", default=[corpora], help=f"folders or files to learn from (default: {corpora})"
    )
    train.add_argument("--output", type=Path, default=Path("runs/words"), help="folder to write (default: runs/words)")
    train.add_argument("--checkpoints", type=Path, help="folder of the analysed corpora (default: OUTPUT.checkpoints)")
    train.add_argument("--seed", type=int, default=42)
    train.add_argument("--epochs", type=int, help="instead of the recipe's")
    train.add_argument("--workers", type=int, default=1, help="more are faster, but no two runs are then the same")
    train.add_argument("--compare", action="store_true", help="judge word2vec and fastText side by side, write nothing")
    train.set_defaults(run=_train)


def _add_similar(similar: argparse.ArgumentParser) -> None:
    similar.add_argument("words", nargs="+", metavar="word", help="a word, or several whose middle is meant")
    similar.add_argument("--topn", type=int, default=10, help="how many neighbours (default: 10)")
    similar.add_argument(
        "--vectors", type=Path, default=DEFAULT_FOLDER, help="folder (default: VECTORS or the shipped)"
    )
    similar.add_argument("--layer", choices=["words", "classifier"], default="words", help="whose vectors to ask")
    similar.add_argument("--model", type=Path, default=PRETRAINED, help="model version, with --layer classifier")
    similar.add_argument("--picture", type=Path, help="PNG file to draw the neighbours to")
    similar.add_argument("--json", action="store_true", help="print JSON instead of a table")
    similar.set_defaults(run=_similar)


def _train(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from model.vector_training.train import COMPARED_RECIPES, WordRecipe, WordRun, compare, read_corpora, train_vectors
    from model.vector_training.word_pairs import pairs_table

    recipe = replace(WordRecipe(), epochs=options.epochs) if options.epochs else WordRecipe()
    checkpoints = options.checkpoints or options.output.with_name(options.output.name + ".checkpoints")
    corpora = read_corpora(options.corpus)
    run = WordRun(recipe, corpora, options.seed, options.output, checkpoints, options.command, options.workers)
    if options.compare:
        print(pairs_table(compare(run, COMPARED_RECIPES)))
        return
    print(pairs_table(train_vectors(run).metrics))
    print(f"\npublished at {options.output}. To use them: VECTORS={options.output}")


def _load(options: argparse.Namespace) -> None:
    from model.vector_training.foreign import load_foreign

    output = options.output or Path("runs") / options.file.name.partition(".")[0]
    n_words = load_foreign(options.file, output, options.limit, options.command)
    print(f"{n_words:,} words published at {output}. To use them: VECTORS={output}")


def _catalog(options: argparse.Namespace) -> None:
    from model.vector_training.foreign import read_catalog

    models = read_catalog()
    if options.json:
        print(json.dumps(models, ensure_ascii=False, indent=2))
        return
    for name, about in sorted(models.items()):
        megabytes = about.get("file_size", 0) / 1e6
        print(f"{name:<36}{about.get('num_records', 0):>10,} words{megabytes:>9,.0f} MB  {about.get('license', '')}")


def _evaluate(options: argparse.Namespace) -> None:
    from model.vector_training.word_pairs import count_found_pairs, pairs_table
    from model.vectors.keyed_vectors import Vectors

    judged = {options.vectors.name: count_found_pairs(Vectors.load(options.vectors))}
    print(json.dumps(judged, indent=2) if options.json else pairs_table(judged))


def _similar(options: argparse.Namespace) -> None:
    from model.vectors.keyed_vectors import Vectors

    is_classifier = options.layer == "classifier"
    vectors = Vectors.of_classifier(options.model) if is_classifier else Vectors.load(options.vectors)
    words = [_known(vectors, word) for word in options.words]
    found = [vectors.describe(*near) for near in vectors.most_similar(words, topn=options.topn)]
    if options.picture:
        options.picture.write_bytes(_draw(vectors, words, found))
    if options.json:
        print(json.dumps([_as_json(near) for near in found], ensure_ascii=False, indent=2))
        return
    print(f"{' '.join(words)}:")
    for near in found:
        count = "" if near.count is None else f"{near.count:>9,}×"
        polarity = "" if near.polarity is None else f"{near.polarity:>+7.2f}  {_LEANS[near.pole or 0]}"
        print(f"  {near.cosine:.3f}{count}{polarity}  {near.word}")


_LEANS = {-1: "부정", 0: "중립", 1: "긍정"}


def _draw(vectors: Vectors, words: list[str], found: list[Neighbour]) -> bytes:
    from model.pictures.neighbours import NeighbourCaptions, draw_neighbours

    captions = NeighbourCaptions(
        title=f"가까운 단어: {' · '.join(words)}",
        note="두 주성분, 분산의 {share:.0%}",
        negative=_LEANS[-1],
        neutral=_LEANS[0],
        positive=_LEANS[1],
        space="(빈칸)",
    )
    return draw_neighbours(vectors, words, found, captions)


def _known(vectors: Vectors, text: str) -> str:
    from model.vectors.speller import UnknownWordError

    try:
        return vectors.find(text).word
    except UnknownWordError as error:
        raise CommandError(str(error)) from error


def _as_json(near: Neighbour) -> dict[str, Any]:
    """Return a neighbour under the names that programs know."""
    return {"word": near.word, "cosine": near.cosine, "count": near.count, "leaning": near.polarity}
