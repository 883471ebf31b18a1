"""Clean a text by the book's rule.

The heart of `model.reading.read`, by which every text is read; what is only compared or counted is cleaned alone.
Standard library only. `model.vocabulary` turns the result into ids.
"""

import re
import unicodedata

# Characters that show nothing (Unicode's Default_Ignorable_Code_Point). They go first: left between two
# decomposed jamo they would keep NFC from joining them. The four Hangul fillers are among them.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_WHITESPACE = re.compile(r"\s")
# The book's rule: compatibility jamo, syllables, digits and the space stay.
_UNKNOWN_TO_THE_BOOK = re.compile("[^ㄱ-ㅎㅏ-ㅣ가-힣0-9 ]")


def clean(text: str) -> str:
    """Return the text in NFC with everything but Hangul, digits and spaces removed.

    Invisible characters vanish before NFC, and every kind of white space becomes a space, so that the words of
    two lines stay apart. Never NFKC: it would turn ㅋㅋ into conjoining jamo, which the rule then deletes.
    `clean(clean(text)) == clean(text)` holds for any string, lone surrogates included.

    Source: the book's preprocessing, `str.replace("[^ㄱ-ㅎㅏ-ㅣ가-힣0-9 ]", "")`.
    """
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return _UNKNOWN_TO_THE_BOOK.sub("", _WHITESPACE.sub(" ", text))
