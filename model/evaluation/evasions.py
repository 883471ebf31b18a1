"""Ways in which people hide a complaint from a reader of characters, and how many flags each of them costs.

Every way leaves the complaint readable for people. `model.evaluation.evaluate` applies them to complaints that are
flagged as they stand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from model.classifier import Classifier
from model.reading.hangul import to_jamo
from model.reading.read import read_message

_POLITE_END = (
    "그래도 늘 애써 주시는 건 잘 알고 있습니다. 바쁘신데 긴 글 읽어 주셔서 고맙고요, 다음에 또 들를 테니 "
    "건강 잘 챙기시고 남은 하루도 편안하게 보내세요. 가족분들도 모두 평안하시길 바랄게요."
)
_ENGLISH = "and that is all there is to say about it today " * 6
_CHOSEONG = 0x1100  # where conjoining jamo begin


def _mark(text: str) -> str:
    """Put a combining mark between the conjoining jamo of every syllable."""
    return "".join(f"{c}\u0301" if ord(c) >= _CHOSEONG else c for c in unicodedata.normalize("NFD", text))


def _letter_by_letter(separator: str) -> Callable[[str], str]:
    return lambda text: separator.join(text.replace(" ", ""))


EVASIONS: Mapping[str, Callable[[str], str]] = {
    "a mention in front": lambda text: f"<@123456789012345678> {text}",
    "three mentions behind": lambda text: text + " <@123456789012345678>" * 3,
    "five custom emoji": lambda text: f"{'<:sad_cat2:998877665544332211>' * 5}{text}",
    "an address behind": lambda text: f"{text} https://shop.example.com/products/20241123/3355?id=77",
    "a quote in front": lambda text: f"> 정말 좋아요 추천합니다\n{text}",
    "a code block": lambda text: f"```\n{text}\n```",
    "a spoiler over every word": lambda text: " ".join(f"||{word}||" for word in text.split()),
    "English behind": lambda text: f"{text} {_ENGLISH}",
    "blank lines between words": lambda text: text.replace(" ", "\n\n\n"),
    "laughter behind": lambda text: text + "ㅋ" * 60,
    "a space after every syllable": _letter_by_letter(" "),
    "two spaces after every syllable": _letter_by_letter("  "),
    "a dot and a space after every syllable": _letter_by_letter(". "),
    "a slash between spaces": _letter_by_letter(" / "),
    "a blank line after every syllable": _letter_by_letter("\n\n"),
    "without spaces": lambda text: text.replace(" ", ""),
    "decomposed (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "zero-width spaces": lambda text: "\u200b".join(text),
    "combining marks": _mark,
    "spelled in single letters": to_jamo,
    "a polite end of a hundred characters": lambda text: f"{text} {_POLITE_END}",
}


def flags_lost(classifier: Classifier, complaints: Sequence[str], threshold: float) -> dict[str, float]:
    """Return, by evasion, the share of flagged complaints that are not flagged once they are hidden so."""
    predictions = classifier.classify(complaints)
    flagged = [text for text, p in zip(complaints, predictions, strict=True) if p.is_flagged(threshold)]
    if not flagged:
        return {}
    lost = {}
    for name, hide in EVASIONS.items():
        hidden = classifier.classify([read_message(hide(text)) for text in flagged])
        lost[name] = 1 - sum(prediction.is_flagged(threshold) for prediction in hidden) / len(flagged)
    return lost
