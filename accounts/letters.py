"""How letters are compared, for search and for lists by name: one rule for every script and both databases.

Folding takes off what people leave out when they type (docs/design.md, Search and lists): case, accents, points that
only tell how a word is spoken, widths, and characters that nobody sees.
"""

import re
import unicodedata
from functools import cache

# Characters without a look of their own: soft hyphens, joiners, marks of direction, BOM, variation selectors, tatweel.
UNSEEN = re.compile(
    "[\u00ad\u034f\u0640\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
# Of these, the ones that stand around what people paste and mean nothing there.
_AROUND = "[\\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
_EDGES = re.compile(f"^{_AROUND}|{_AROUND}$")
# Scripts that write one word after the other without spaces: any of their letters may begin a word.
_JOINED = (
    "THAI", "LAO", "KHMER", "MYANMAR", "TAI", "NEW TAI", "JAVANESE", "BALINESE",
    "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "BOPOMOFO", "YI ",
)  # fmt: skip
_SPELLED_OUT = {"æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ĸ": "k", "ŋ": "ng"}
_STROKED = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH .*")  # ø, đ, ł: letters that do not come apart
_SEPARATOR, _LETTER, _MARK, _OF_JOINED = range(4)
_VOWEL_BEFORE = re.compile("([\u0e40-\u0e44\u0ec0-\u0ec4])([\u0e01-\u0e2e\u0e81-\u0eae])")  # Thai and Lao
_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
LONGEST_KEY = 120
LONGEST_WORD = 40  # letters of a word, or of words written in one, that are compared; four bytes each at most


def fold(text):
    """Return the text as it is compared: decomposed, without case, accents and unseen characters."""
    text = unicodedata.normalize("NFKD", UNSEEN.sub("", text)).casefold()
    return "".join(map(_folded, unicodedata.normalize("NFKD", text)))


def unseen_off(text):
    """Return the text without unseen characters, and without the spaces around it."""
    return UNSEEN.sub("", text).strip()


def edges_off(text):
    """Return the text without the spaces and unseen characters around it; within it they may have a meaning."""
    return _EDGES.sub("", text)


def words_in(text):
    """Return the words of a text, folded: runs of letters, digits and their marks, and of pictures ("★")."""
    return [word for word, _starts in _words(fold(text))]


def joins_words(text):
    """Return whether the text is of a script that joins its words, if only in part."""
    return any(_kind(letter) == _OF_JOINED for letter in fold(text))


def in_one(words):
    """Return these words written in one, as far as they are compared."""
    return "".join(words)[:LONGEST_WORD]


def rests_of(text):
    """Return, for each place where a reader may begin to type, what follows it, folded and without separators.

    Such a place is the beginning of a word, and each letter of a script that joins its words. What follows is cut to
    LONGEST_WORD letters.
    """
    rests, rest = [], ""
    for word, starts in reversed(list(_words(fold(text)))):
        rests = [in_one([word[start : start + LONGEST_WORD], rest]) for start in starts] + rests
        rest = in_one([word, rest])
    return rests


def order_key(text):
    """Return what names are sorted by, code point by code point, as readers expect.

    Signs, case and accents count nothing, hiragana and katakana are one, and a Thai or Lao vowel that is written before
    its consonant comes after it.
    """
    key = " ".join(words_in(text)) or fold(text)
    return _VOWEL_BEFORE.sub(r"\2\1", key.translate(_KATAKANA))[:LONGEST_KEY]


def _words(folded):
    """Yield each word with the places in it at which somebody may begin to type."""
    word, starts, before = "", [], _SEPARATOR
    for letter in folded:
        kind = _kind(letter)
        if kind == _SEPARATOR or (kind == _MARK and not word):
            if word:
                yield word, starts
            word, starts, before = "", [], _SEPARATOR
            continue
        if kind == _OF_JOINED or (kind == _LETTER and before != _LETTER):
            starts.append(len(word))
        word += letter
        before = before if kind == _MARK else kind
    if word:
        yield word, starts


@cache
def _kind(letter):
    category, name = unicodedata.category(letter), unicodedata.name(letter, "")
    if category[0] == "M":
        return _MARK
    if category == "So":
        return _OF_JOINED
    if category[0] not in "LN" or name.startswith("MODIFIER LETTER"):  # these are typed as apostrophes
        return _SEPARATOR
    return _OF_JOINED if name.startswith(_JOINED) else _LETTER


@cache
def _folded(letter):
    if letter in _SPELLED_OUT:
        return _SPELLED_OUT[letter]
    category = unicodedata.category(letter)
    if category == "Nd":
        return str(unicodedata.digit(letter))
    if category == "Me" or (category[0] == "M" and _only_tells_the_sound(unicodedata.combining(letter))):
        return ""
    stroked = _STROKED.fullmatch(unicodedata.name(letter, ""))
    return stroked[1].lower() if stroked else letter


def _only_tells_the_sound(combining_class):
    """Return whether a mark of this class is an accent, or a point of Hebrew, Arabic or Syriac.

    The vowels and tones of Thai, Lao and the scripts of India have others: without them it is another word.
    """
    return 10 <= combining_class <= 36 or combining_class >= 200
