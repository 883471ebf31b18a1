"""Syllables and jamo: Unicode's arithmetic of Hangul."""

from __future__ import annotations

_FIRST_SYLLABLE, _LAST_SYLLABLE = "가", "힣"
# The jamo of a syllable in Unicode's order (The Unicode Standard, 3.12): initial, vowel, final; as two keys where
# the keyboard has two, so that a slip of one key is a distance of one.
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏ,ㅐ,ㅑ,ㅒ,ㅓ,ㅔ,ㅕ,ㅖ,ㅗ,ㅗㅏ,ㅗㅐ,ㅗㅣ,ㅛ,ㅜ,ㅜㅓ,ㅜㅔ,ㅜㅣ,ㅠ,ㅡ,ㅡㅣ,ㅣ"
_FINALS = ",ㄱ,ㄲ,ㄱㅅ,ㄴ,ㄴㅈ,ㄴㅎ,ㄷ,ㄹ,ㄹㄱ,ㄹㅁ,ㄹㅂ,ㄹㅅ,ㄹㅌ,ㄹㅍ,ㄹㅎ,ㅁ,ㅂ,ㅂㅅ,ㅅ,ㅆ,ㅇ,ㅈ,ㅊ,ㅋ,ㅌ,ㅍ,ㅎ"
_TYPED_VOWELS, _TYPED_FINALS = _VOWELS.split(","), _FINALS.split(",")
_N_VOWELS, _N_FINALS = len(_TYPED_VOWELS), len(_TYPED_FINALS)
_DIGITS_READ = "영일이삼사오육칠팔구"


def to_jamo(text: str) -> str:
    """Return the text as it is typed: 배송 → ㅂㅐㅅㅗㅇ, 값 → ㄱㅏㅂㅅ. Other characters stay."""
    return "".join(_typed(character) for character in text)


def final_consonant(character: str) -> str:
    """Return a syllable's final consonant as it is typed: 값 → ㅂㅅ; empty where it has none. Digits count as read."""
    if character.isdecimal():
        character = "십" if character == "0" else _DIGITS_READ[int(character)]  # 100 is read 백, 90 구십: with a final
    return _TYPED_FINALS[_parts(character)[2]] if _is_syllable(character) else ""


def _typed(character: str) -> str:
    if not _is_syllable(character):
        return character
    initial, vowel, final = _parts(character)
    return _INITIALS[initial] + _TYPED_VOWELS[vowel] + _TYPED_FINALS[final]


def _is_syllable(character: str) -> bool:
    return _FIRST_SYLLABLE <= character <= _LAST_SYLLABLE


def _parts(syllable: str) -> tuple[int, int, int]:
    """Return the numbers of initial, vowel and final: Unicode lists the syllables in this order."""
    initial_and_vowel, final = divmod(ord(syllable) - ord(_FIRST_SYLLABLE), _N_FINALS)
    return *divmod(initial_and_vowel, _N_VOWELS), final
