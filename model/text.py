"""Clean a message the way the network was taught to read it.

The first step of every path into the model: training, serving and the command line all call `clean`.
Standard library only. `model.vocabulary` turns the result into ids.
"""

import re
import unicodedata

# Characters that show nothing (Unicode's Default_Ignorable_Code_Point). They go first: left between two
# decomposed jamo they would keep NFC from joining them. The four Hangul fillers are among them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_WHITESPACE = re.compile(r"\s")
# The book's rule: compatibility jamo, syllables, digits and the space stay.
_UNKNOWN_TO_THE_BOOK = re.compile("[^ㄱ-ㅎㅏ-ㅣ가-힣0-9 ]")
# Four characters or more that stand alone, one space between them: nobody writes so but to be noticed, or not to be.
_SPACED_OUT = re.compile("(?<![^ ])(?:[ㄱ-ㅎㅏ-ㅣ가-힣] ){3,}[ㄱ-ㅎㅏ-ㅣ가-힣](?![^ ])")


def clean(text: str) -> str:
    """Return the text in NFC with everything but Hangul, digits and spaces removed.

    Invisible characters vanish before NFC, and every kind of white space becomes a space, so that the words of
    two lines stay apart. Never NFKC: it would turn ㅋㅋ into conjoining jamo, which the rule then deletes.
    `clean(clean(text)) == clean(text)` holds for any string, lone surrogates included.

    Source: the book's preprocessing, `str.replace("[^ㄱ-ㅎㅏ-ㅣ가-힣0-9 ]", "")`.
    """
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _UNKNOWN_TO_THE_BOOK.sub("", _WHITESPACE.sub(" ", text))


def join_spaced_out(cleaned: str) -> str:
    """Return a cleaned text with its spaced-out syllables joined: "배 송 이 늦 어 요" reads "배송이늦어요".

    Only runs of at least four are; 0.06 % of reviews have one. Serving does this and training does not: the network
    learned from texts without spaces anyway, and reads spaced-out ones much worse.
    """
    return _SPACED_OUT.sub(lambda run: run[0].replace(" ", ""), cleaned)


def read(text: str) -> str:
    """Return what the network is given of a text: cleaned, spaced-out syllables joined."""
    return join_spaced_out(clean(text))
