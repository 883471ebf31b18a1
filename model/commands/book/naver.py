"""`python -m model book naver`: the classifier of shopping reviews, trained exactly as in the chapter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from model.commands.book.output import RUNS
from model.commands.files import corpora_folder
from model.commands.training import ProcessOptions

if TYPE_CHECKING:
    from model.book.naver import Naver

_SENTENCES = (
    "색감이 화면에서 본 그대로라 볼 때마다 기분이 좋아요",
    "두 번 빨았더니 보풀이 다 일어나서 못 입겠네요",
    "포장도 꼼꼼하고 생각보다 훨씬 튼튼합니다",
    "전화도 안 받고 환불도 안 해 주고 정말 너무하네요",
    "무난하게 쓰기는 하는데 이 가격이면 다른 걸 살걸 그랬어요",
)
_N_CHARACTERS_SHOWN = 60


def naver(
    *,
    corpus: Path | None = None,
    epochs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    seed: int = 42,
    output: Path = RUNS / "naver",
    process: ProcessOptions = ProcessOptions(),
    command: Annotated[str, Parameter(parse=False)] = "",
) -> None:
    """Train the chapter's classifier on Naver shopping reviews, and ask it about five sentences.

    Args:
        corpus: file of rating<TAB>review lines (default: naver_shopping.txt in the folder of the corpora)
        epochs: instead of the chapter's two
        seed: of the weights and of the order of the rows
        output: folder of the version; checkpoints stand beside it
        process: how it behaves beside other processes
        command: the command line, for the version's provenance
    """
    process.apply()
    from model.book.naver import read_naver

    reviews = read_naver(corpus or corpora_folder(None) / "naver_shopping.txt")
    if not process.json:
        _print_steps(reviews)
    from model.training.recipes import BOOK
    from model.training.train import Run, train

    recipe = replace(BOOK, epochs=epochs or BOOK.epochs)
    checkpoints = output.with_name(output.name + ".checkpoints")
    manifest, _ = train(Run(recipe, reviews.corpora, seed, output, checkpoints, command), process.reporter())
    if not process.json:
        print(f"테스트 정확도 {manifest.metrics['naver-shopping']['accuracy']:.4f} ({recipe.epochs} 에폭)")
        _print_answers(output)
        print(f"모델과 학습 곡선: {output} (봇에서 쓰려면 MODEL={output})")


def _print_steps(reviews: Naver) -> None:
    vocabulary, split = reviews.vocabulary, reviews.reviews
    ratings = ", ".join(f"{rating}점 {n:,}개" for rating, n in reviews.n_by_rating.items())
    print(f"읽은 리뷰 {reviews.n_read:,}개: {ratings}")
    print(f"라벨 (평점 > 3이면 1): 긍정 {reviews.n_positive:,}개, 부정 {reviews.n_read - reviews.n_positive:,}개")
    print(f"한글·숫자·공백만 남기고 빈 리뷰와 중복을 빼면 {len(reviews.texts):,}개")
    shown = " ".join(vocabulary.characters[:_N_CHARACTERS_SHOWN].replace(" ", "␣"))
    print(f"글자 {len(vocabulary.characters):,}가지 (<OOV>까지 {len(vocabulary) - 1:,}), 잦은 순서로: {shown} …")
    print(f"리뷰 길이 (글자)\n{reviews.describe_lengths().to_string(float_format='{:,.2f}'.format)}")
    print(f"100글자에서 잘리지 않는 리뷰 {reviews.share_of_whole():.1%}")
    print(f"학습 {len(split.train):,}개, 테스트 {len(split.test):,}개 (test_size=0.2, random_state=42)")


def _print_answers(version: Path) -> None:
    from model.book.naver import in_words
    from model.classifier import Classifier

    for sentence, prediction in zip(_SENTENCES, Classifier.load(version).classify(_SENTENCES), strict=True):
        print(f"  {in_words(prediction):<18}  {sentence}")
