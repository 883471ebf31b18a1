"""Read a message as people see it: the one step between what was typed and what the network is given.

`read` is for any text; `read_message` takes Discord's markup off first. Training, serving, teaching and the console all
read by this module, so that a text is judged as it was learned; the book's recipe alone learns by `clean`,
the book's rule, which is the heart of `read`. `model.reading.windows` parts what is longer than the network's hundred
characters. Standard library only.
"""

from __future__ import annotations

import re
import unicodedata

from model.reading.clean import INVISIBLE, clean

MAX_REPEATS = 3  # of one letter in a row: ㅋㅋㅋ says as much as ㅋㅋㅋㅋㅋㅋㅋㅋ

_CONSONANTS, _VOWELS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"  # a syllable's third part, from 1; 0 is none
_TYPED = {  # one letter that a keyboard makes of two
    "ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ", "ㄹㅍ": "ㄿ", "ㄹㅎ": "ㅀ", "ㅂㅅ": "ㅄ",
}  # fmt: skip

# Half-width letters (U+FFA1 …), conjoining jamo and combining marks. Few texts have any; only they take the long way.
_RARE_FORMS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1100-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a"
    "\ua960-\ua97f\ud7b0-\ud7ff\ufe20-\ufe2f\uffa1-\uffdc]"
)
_REPEATED = re.compile(rf"([ㄱ-ㅎㅏ-ㅣ가-힣])\1{{{MAX_REPEATS},}}")
# Four characters or more that stand alone, one space between them: nobody writes so but to be noticed, or not to be.
_SPACED_OUT = re.compile("(?<![^ ])[ㄱ-ㅎㅏ-ㅣ가-힣] (?:[ㄱ-ㅎㅏ-ㅣ가-힣0-9] ){2,}[ㄱ-ㅎㅏ-ㅣ가-힣](?![^ ])")

_VOWEL = f"(?:ㅗ[ㅏㅐㅣ]|ㅜ[ㅓㅔㅣ]|ㅡㅣ|[{_VOWELS}])"
_CLUSTER = "(?:ㄱㅅ|ㄴ[ㅈㅎ]|ㄹ[ㄱㅁㅂㅅㅌㅍㅎ]|ㅂㅅ)"
_NEXT = f"[{_CONSONANTS}][{_VOWELS}]"


def _spelled(name: str) -> str:
    """Return the pattern of one spelled-out syllable; a final that is repeated (ㅋㅋ) or begins the next is none."""
    before_another = f"(?:{_CLUSTER}|[{_FINALS}])(?={_NEXT})|{_CLUSTER}(?![{_VOWELS}])"
    at_the_end = f"(?P<{name}>[{_FINALS}])(?![{_VOWELS}]|(?P={name}))"
    return f"[{_CONSONANTS}]{_VOWEL}(?:{before_another}|{at_the_end})?"


# Two in a row, or one beside a whole syllable: ㅋㅋㅠㅠ, ㅎㅠ and the like are faces, not words.
_BESIDE_A_SYLLABLE = f"(?![{_CONSONANTS}][ㅜㅠㅡ])(?!..[{_VOWELS}])"
_SPELLED_OUT = re.compile(
    f"(?:{_spelled('a')}){{2,}}"
    f"|(?<=[가-힣]){_BESIDE_A_SYLLABLE}{_spelled('b')}"
    f"|{_BESIDE_A_SYLLABLE}{_spelled('c')}(?=[가-힣])"
)
_ONE_SPELLED = re.compile(_spelled("a"))
_SPELLED_SOMEWHERE = re.compile(f"[{_CONSONANTS}][{_VOWELS}]")

# What Discord shows as something else than its characters. Marks that are no Hangul and no digit go in `clean` anyway.
_HAS_MARKUP = re.compile(r"[<>\[`/]|^\s*\d+\. ", re.MULTILINE)
_QUOTE = re.compile(r"^ *>>> .*\Z|^ *> [^\n]*$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"```(?:[\w+#.-]+\n)?")
_MASKED_LINK = re.compile(r"\[([^\[\]\n]+)\]\(<?[a-z]+://[^\s)]*>?(?:\s+[\"'(][^)\n]*)?\)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|steam|discord)://[^\s<>]+", re.IGNORECASE)
# Users, roles, channels, slash commands, custom emoji, timestamps.
_MENTION = re.compile(r"<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|/[^<>:\n]+:\d+|t:-?\d+(?::[a-zA-Z])?)>")
_LIST_NUMBER = re.compile(r"^\s*\d+\. ", re.MULTILINE)


def read(text: str) -> str:
    """Return what the network is given of a text: Hangul, digits and single spaces, as a reader would see it.

    Beyond `clean`'s rule, runs of spaces are one; letters of half width, parted by combining marks or spelled one by
    one (ㅆㅡㄹㅔㄱㅣ) are composed; four or more syllables that stand alone ("배 송 이 늦 어 요") are joined; a letter
    that repeats more than three times stands three times. `read(read(text)) == read(text)` for any string, lone
    surrogates included.
    """
    if _RARE_FORMS.search(text):
        text = _usual_forms(text)
    cleaned = " ".join(clean(text).split())
    while True:
        joined = _SPACED_OUT.sub(_without_spaces, cleaned)
        cleaned = _SPELLED_OUT.sub(_composed, joined) if _SPELLED_SOMEWHERE.search(joined) else joined
        if cleaned == joined:
            return _REPEATED.sub(_shortened, cleaned)


def read_message(text: str) -> str:
    """Return what the network is given of a Discord message: `read` of what is left without Discord's markup.

    Mentions, custom emoji, timestamps, addresses and quoted lines go; the words of a masked link, of spoilers and of
    code stay. `read_message(read_message(text)) == read_message(text)`.
    """
    return read(without_markup(text) if _HAS_MARKUP.search(text) else text)


def without_markup(text: str) -> str:
    """Return a Discord message without its markup; quoted lines are another's words and go whole."""
    for markup, kept in (
        (_QUOTE, ""),
        (_FENCE, ""),
        (_MASKED_LINK, r"\1"),
        (_MENTION, ""),
        (_ADDRESS, ""),
        (_LIST_NUMBER, ""),
    ):
        text = markup.sub(kept, text)
    return text


def _usual_forms(text: str) -> str:
    """Return the text in NFC without combining marks, its single letters as compatibility jamo (never NFKC: ㅋㅋ)."""
    decomposed = unicodedata.normalize("NFD", INVISIBLE.sub("", text))
    bare = "".join(character for character in decomposed if unicodedata.category(character)[0] != "M")
    return unicodedata.normalize("NFC", bare).translate(_COMPATIBLE)


def _compatible_letters() -> dict[int, str]:
    """Return the compatibility jamo for conjoining letters that stand alone and for those of half width."""
    letters = {0x11A7 + index: final for index, final in enumerate(_FINALS, 1)}
    for code_point in range(0x3131, 0x3164):
        letters[int(unicodedata.decomposition(chr(code_point)).split()[1], 16)] = chr(code_point)
    for code_point in range(0xFFA1, 0xFFDD):
        if narrow := unicodedata.decomposition(chr(code_point)):
            letters[code_point] = chr(int(narrow.split()[1], 16))
    return letters


_COMPATIBLE = _compatible_letters()


def _without_spaces(run: re.Match[str]) -> str:
    return run[0].replace(" ", "")


def _shortened(run: re.Match[str]) -> str:
    return run[1] * MAX_REPEATS


def _composed(run: re.Match[str]) -> str:
    return _ONE_SPELLED.sub(lambda spelled: _syllable(spelled[0]), run[0])


def _syllable(letters: str) -> str:
    """Return the syllable of a consonant, a vowel and perhaps a final, vowel and final typed as one letter or two."""
    n_vowels = 2 if letters[1:3] in _TYPED else 1
    vowel, final = letters[1 : 1 + n_vowels], letters[1 + n_vowels :]
    vowel, final = _TYPED.get(vowel, vowel), _TYPED.get(final, final)
    number = (_CONSONANTS.index(letters[0]) * len(_VOWELS) + _VOWELS.index(vowel)) * (len(_FINALS) + 1)
    return chr(ord("가") + number + (_FINALS.index(final) + 1 if final else 0))
