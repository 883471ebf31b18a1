"""Recipes: every number of a training run in one frozen place, written into the model it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.errors import RecipeError

FINE_TUNE = "fine-tune"  # teaches a version examples; its numbers are `model.training.finetune`'s


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to learn from, how much of it, and how.

    Repeats and ratios say how often rows are seen in one epoch; weights scale a row's loss. With a `teacher_share` of
    t the target of a review is (1 - t) · label + t · teacher's P(positive).
    """

    name: str
    epochs: int
    batch_size: int
    learning_rate: float
    uses_cosine: bool = False  # else the rate stays as it is
    shopping_repeats: float = 1.0
    movie_negative_repeats: float = 0.0
    movie_positive_ratio: float = 1.0  # positive movie reviews for each negative one
    n_mixed_reviews: int = 0  # reviews rated 5–8, target 0.5
    mixed_review_weight: float = 1.0
    chat_repeats: float = 0.0  # everyday chat
    chat_recombined_repeats: float = 0.0  # recombined, drawn as often as this many times the chat itself
    shipped_chat_repeats: float = 0.0  # the everyday sentences that ship with Jigi, likewise
    community_repeats: float = 0.0  # neutral talk of communities
    community_recombined_repeats: float = 0.0  # recombined, likewise
    request_repeats: float = 0.0  # questions and requests as people say them
    chat_weight: float = 1.0  # of all neutral talk
    chat_target: float = 0.5  # of all neutral talk
    opinion_repeats: float = 0.0  # praise and blame out of communities
    opinion_weight: float = 1.0
    blame_as_talk: float = 0.0  # how much of that blame counts as talk in the ranked tail; the praise does
    shipped_talk_repeats: float = 0.0  # talk of channels that ships with Jigi, and as much of it recombined
    shipped_review_repeats: float = 0.0  # reviews that ship with Jigi: negated, polite, ironic ones
    announcement_repeats: float = 0.0  # questions and announcements that ship with Jigi, with the chat's target
    shipped_mixed_review_repeats: float = 0.0  # mixed reviews that ship with Jigi, target 0.5
    n_templated: int = 0  # of the sentences that templates make of both kinds
    n_templated_reviews: int = 0  # of those that turn praise into blame and the reverse
    n_recombined: int = 0  # recombined shopping reviews, with the teacher's opinion as their target
    unrated_repeats: float = 0.0  # shopping reviews without a rating, likewise
    teacher_share: float = 0.0
    teacher_sharpness: float = 1.0  # the teacher's logits are multiplied by this
    tail_weight: float = 0.0  # of the ranked tail in the loss (`model.training.ranked_tail`)
    tail_sharpness: float = 1.5  # the higher, the more only the most negative talk counts
    spaced_share: float = 0.0  # texts fed with a space after every syllable, and as many without any space
    dropout: float = 0.0
    example_repeats: float = 10.0  # examples that people have labelled
    min_character_count: int = 1  # rarer characters are <OOV>
    splits_as_the_book: bool = False  # 80/20 with seed 42 and the shopping corpus alone


BOOK = Recipe(name="book", epochs=2, batch_size=32, learning_rate=1e-3, splits_as_the_book=True)

JIGI = Recipe(
    name="jigi",
    epochs=6,
    batch_size=256,
    learning_rate=5e-3,
    uses_cosine=True,
    shopping_repeats=2.0,
    n_recombined=130_000,
    unrated_repeats=1.0,
    movie_negative_repeats=1.0,
    movie_positive_ratio=1.0,
    n_mixed_reviews=50_000,
    mixed_review_weight=0.5,
    chat_repeats=2.0,
    chat_recombined_repeats=3.0,
    shipped_chat_repeats=4.0,
    community_repeats=8.0,
    community_recombined_repeats=4.0,
    request_repeats=0.4,
    opinion_repeats=1.0,
    opinion_weight=0.5,
    blame_as_talk=1.0,
    shipped_talk_repeats=6.0,
    announcement_repeats=4.0,
    shipped_mixed_review_repeats=4.0,
    shipped_review_repeats=8.0,
    n_templated=10_000,
    n_templated_reviews=8_000,
    chat_weight=1.0,
    chat_target=0.55,
    teacher_share=0.7,
    teacher_sharpness=2.0,
    tail_weight=0.15,
    tail_sharpness=1.5,
    spaced_share=0.02,
    dropout=0.15,
    min_character_count=3,
)

# These teach a version on that an earlier recipe has made: `--base`. The shipped version went through both. The first
# mends the labels, with more reviews of every kind and blame that is blame alone; the second the ranking.
REFINE = replace(
    JIGI,
    name="refine",
    epochs=4,
    learning_rate=3e-3,
    shopping_repeats=4.0,
    n_recombined=150_000,
    unrated_repeats=2.0,
    movie_negative_repeats=1.5,
    n_mixed_reviews=40_000,
    community_repeats=7.0,
    opinion_weight=0.7,
    blame_as_talk=0.0,
    shipped_review_repeats=15.0,
    n_templated_reviews=10_000,
    dropout=0.1,
)
POLISH = replace(
    REFINE,
    name="polish",
    epochs=2,
    learning_rate=1.5e-3,
    movie_negative_repeats=2.0,
    opinion_weight=0.5,
    blame_as_talk=1.0,
)

RECIPES = {recipe.name: recipe for recipe in (BOOK, JIGI, REFINE, POLISH)}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        RecipeError: There is none.
    """
    if name not in RECIPES:
        raise RecipeError(f"The recipe must be one of {', '.join([*RECIPES, FINE_TUNE])}. Received: {name}")
    return RECIPES[name]
