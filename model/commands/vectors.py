"""`python -m model vectors train · load · catalog · evaluate` and `similar`: the word vectors' command line.

`similar` knows no gensim, and matplotlib only when a picture is asked for: each command imports what it needs.
"""

from __future__ import annotations

import json as json_format
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from model.commands.files import corpora_folder, vectors_folder
from model.errors import CommandError
from model.vectors.keyed_vectors import Neighbour, Vectors
from model.vectors.speller import UnknownWordError
from model.versions.version import PRETRAINED

_LONGEST_DESCRIPTION = 60  # characters, in the catalog
_Files = Annotated[tuple[Path, ...], Parameter(consume_multiple=True)]


def train(
    *,
    corpus: _Files = (),
    output: Path = Path("runs/words"),
    checkpoints: Path | None = None,
    seed: int = 42,
    epochs: int | None = None,
    workers: int = 1,
    compare: bool = False,
    command: Annotated[str, Parameter(parse=False)] = "",
) -> None:
    """Learn word vectors from reviews.

    Args:
        corpus: folders or files to learn from (default: JIGI_CORPORA, or the user's cache, ~/.cache/jigi/corpora)
        output: folder to write
        checkpoints: folder of the analysed corpora (default: OUTPUT.checkpoints)
        seed: the same gives the same again
        epochs: instead of the recipe's
        workers: more are faster, but no two runs are then the same
        compare: judge word2vec and fastText side by side, write nothing
        command: the command line, for the provenance
    """
    from model.vector_training.train import COMPARED_RECIPES, WordRecipe, WordRun, read_corpora, train_vectors
    from model.vector_training.train import compare as compare_recipes
    from model.vector_training.word_pairs import pairs_table

    recipe = replace(WordRecipe(), epochs=epochs) if epochs else WordRecipe()
    checkpoints = checkpoints or output.with_name(output.name + ".checkpoints")
    corpora = read_corpora(corpus or [corpora_folder(None)])
    run = WordRun(recipe, corpora, seed, output, checkpoints, command, workers)
    if compare:
        print(pairs_table(compare_recipes(run, COMPARED_RECIPES)))
        return
    print(pairs_table(train_vectors(run).metrics))
    print(f"\npublished at {output}. To use them: VECTORS={output}")


def load(
    file: Path,
    /,
    *,
    output: Path | None = None,
    limit: int = 200_000,
    command: Annotated[str, Parameter(parse=False)] = "",
) -> None:
    """Take word2vec, fastText or gensim vectors made elsewhere.

    Args:
        file: word2vec text or binary, fastText .vec or .bin, or gensim KeyedVectors
        output: folder to write (default: runs/NAME-OF-FILE)
        limit: keep the first so many words
        command: the command line, for the provenance
    """
    from model.vector_training.foreign import load_foreign

    output = output or Path("runs") / file.name.partition(".")[0]
    n_words = load_foreign(file, output, limit, command)
    print(f"{n_words:,} words published at {output}. To use them: VECTORS={output}")


def catalog(*, json: bool = False) -> None:
    """List the vectors that gensim can download.

    Args:
        json: print JSON instead of a table
    """
    from model.vector_training.foreign import read_catalog

    models = read_catalog()
    if json:
        print(json_format.dumps(models, ensure_ascii=False, indent=2))
        return
    for name, about in sorted(models.items()):
        description = " ".join(str(about.get("description", "")).split())[:_LONGEST_DESCRIPTION]
        print(f"{name} ({about.get('num_records', -1):,} records): {description} ...")
        print(f"    {about.get('file_size', 0) / 1e6:,.0f} MB, {about.get('license', 'no licence named')}")


def evaluate(*, vectors: Path | None = None, json: bool = False) -> None:
    """Judge vectors by the word pairs written for Jigi.

    Args:
        vectors: folder (default: VECTORS, or the shipped one)
        json: print JSON instead of a table
    """
    from model.vector_training.word_pairs import count_found_pairs, pairs_table

    folder = vectors_folder(vectors)
    judged = {folder.name: count_found_pairs(Vectors.load(folder))}
    print(json_format.dumps(judged, indent=2) if json else pairs_table(judged))


def similar(
    word: str,
    /,
    *words: str,
    topn: int = 10,
    vectors: Path | None = None,
    layer: Literal["words", "classifier"] = "words",
    model: Path = PRETRAINED,
    picture: Path | None = None,
    json: bool = False,
) -> None:
    """Show the words nearest to a word; needs no gensim.

    Args:
        word: a word
        words: more of them, if their middle is meant
        topn: how many neighbours
        vectors: folder (default: VECTORS, or the shipped one)
        layer: whose vectors to ask
        model: model version, with --layer classifier
        picture: PNG file to draw the neighbours to
        json: print JSON instead of a table
    """
    asked = Vectors.of_classifier(model) if layer == "classifier" else Vectors.load(vectors_folder(vectors))
    known = [_known(asked, each) for each in (word, *words)]
    found = [asked.describe(*near) for near in asked.most_similar(known, topn=topn)]
    if picture:
        picture.write_bytes(_draw(asked, known, found))
    if json:
        print(json_format.dumps([_as_json(near) for near in found], ensure_ascii=False, indent=2))
        return
    print(f"{' '.join(known)}:", *map(_row, found), sep="\n")


def _row(near: Neighbour) -> str:
    count = "" if near.count is None else f"{near.count:>9,}×"
    polarity = "" if near.polarity is None else f"{near.polarity:>+7.2f}  {_LEANS[near.pole or 0]}"
    return f"  {near.cosine:.3f}{count}{polarity}  {near.word}"


_LEANS = {-1: "부정", 0: "중립", 1: "긍정"}


def _draw(vectors: Vectors, words: list[str], found: list[Neighbour]) -> bytes:
    from model.pictures.neighbours import draw_neighbours  # with it comes matplotlib
    from model.pictures.requests import NeighbourCaptions, neighbour_picture

    captions = NeighbourCaptions(
        title=f"가까운 단어: {' · '.join(words)}",
        note="2차원으로 줄인 그림 (분산의 {share:.0%})",
        negative=_LEANS[-1],
        neutral=_LEANS[0],
        positive=_LEANS[1],
        space="(빈칸)",
    )
    return draw_neighbours(neighbour_picture(vectors, words, found, captions))


def _known(vectors: Vectors, text: str) -> str:
    try:
        return vectors.find(text).word
    except UnknownWordError as error:
        raise CommandError(str(error)) from error


def _as_json(near: Neighbour) -> dict[str, Any]:
    """Return a neighbour under the names that programs know."""
    return {"word": near.word, "cosine": near.cosine, "count": near.count, "leaning": near.polarity}
