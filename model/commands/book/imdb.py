"""`python -m model book imdb`: one of the chapter's three networks, trained on IMDB reviews."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from model.commands.book.output import RUNS
from model.commands.training import ProcessOptions

if TYPE_CHECKING:
    from model.book.imdb import Imdb
    from model.book.training import Result

_N_SHOWN = 200  # characters of a review
_BOOK = {"dense": "책의 테스트 정확도는 0.8717과 0.8700, 손실은 0.81과 0.80"}  # where the chapter prints any


def imdb(
    network: Literal["dense", "simple-rnn", "lstm"],
    /,
    *,
    imdb: Path | None = None,
    epochs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    seed: int = 42,
    output: Path | None = None,
    process: ProcessOptions = ProcessOptions(),
) -> None:
    """Train one of the chapter's networks on IMDB reviews; a training that was broken off is taken up again.

    Args:
        network: Embedding + Dense, two SimpleRNN(32), or LSTM(64) and LSTM(32)
        imdb: TSV split, label, rating, text with header, gzipped or not (default: keras.datasets, from the Internet)
        epochs: instead of the chapter's
        seed: of the weights and of the order of the rows
        output: folder of checkpoints, figures and curves (default: runs/book/imdb-NETWORK)
        process: how it behaves beside other processes
    """
    process.apply()
    from model.book.imdb import load_imdb
    from model.book.networks import PLANS
    from model.book.training import CURVES, Schedule, train

    plan, reviews = PLANS[network], load_imdb(imdb)
    folder = output or RUNS / f"imdb-{network}"
    if not process.json:
        _print_reviews(reviews)
        plan.network().summary()
    result = train(
        f"imdb-{network}",
        plan.network,
        reviews.train.padded(plan.length),
        reviews.test.padded(plan.length),
        Schedule(epochs or plan.epochs, plan.batch_size, plan.validation_share, seed),
        folder,
        process.reporter(),
    )
    if not process.json:
        print(result_lines(result), *filter(None, [_BOOK.get(network)]), f"학습 곡선: {folder / CURVES}", sep="\n")


def result_lines(result: Result) -> str:
    """Return what came of a training, in Korean."""
    return (
        f"{result.name}: 파라미터 {result.n_parameters:,}개, {result.epochs} 에폭, "
        f"에폭당 {result.seconds_per_epoch:.1f}초\n"
        f"테스트 손실 {result.test_loss:.4f}, 정확도 {result.test_accuracy:.4f}"
    )


def _print_reviews(reviews: Imdb) -> None:
    print(f"학습 {len(reviews.train):,}개, 테스트 {len(reviews.test):,}개, 단어 {len(reviews.word_index):,}가지")
    print(f"가장 잦은 단어: {', '.join(reviews.most_frequent(3))}")
    print(f"첫 리뷰: {reviews.text(reviews.train.ids[0])[:_N_SHOWN]} …")
