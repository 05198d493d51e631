"""The copy of a text in which contacts are looked for, each character knowing which ones of the text it stands for.

Letters are small, digits are 0 to 9, invisible characters are gone, and spelled signs ("(at)", "punkt") are signs.
"""

import re
import unicodedata
from bisect import bisect_left
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from requests_app.conversation.masking.signs import AT, DOT, LETTER, LOOSE_AT, LOOSE_DOT, WALL
from requests_app.references import ALPHABET

MASK = _("[contact details hidden]")
LONGEST = 4  # of what one character stands for; ligatures of whole sentences are none of contacts
INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # fillers that count as letters
SPELLED_SIGNS = re.compile(
    r"(?P<at>\s{0,3}[\[({<]\s?(?:at|ät|aet|et|@|艾特)\s?[\])}>]\s{0,3}|\s{0,3}(?:艾特|爱特|圈a)\s{0,3})"
    r"|(?P<dot>\s{0,3}[\[({<]\s?(?:dot|punkt|pkt|titik|点|點|\.)\s?[\])}>]\s{0,3})"
    r"|(?P<loose_at>\s{0,3}@\s{1,3}"
    rf"|(?<=[{LETTER}])\s{{1,3}}@(?=[{LETTER}-]{{1,63}}\.(?:com|net|org|de|id|cn|co)\b)"
    rf"|(?<=[{LETTER}])\s{{1,3}}(?:at|ät|et|klammeraffe)\s{{1,3}}(?=[{LETTER}])(?![{LETTER}_.+%\-]{{1,64}}\s?@))"
    rf"|(?P<loose_dot>(?<=[{LETTER}])"
    r"(?:\s{1,3}(?:dot|punkt|titik)\s{1,3}|\s{0,3}[点點]\s{0,3}|\s{1,3}\.\s{0,3})(?=[a-z]))"
)
NOT_NUMBERS = re.compile(
    r"(?<![\d.\-/+])(?:"
    r"(?:0?[1-9]|[12]\d|3[01])[.\-/]\s?(?:0?[1-9]|1[0-2])[.\-/]\s?(?:19|20)\d\d"
    r"|(?:19|20)\d\d[.\-/](?:0?[1-9]|1[0-2])[.\-/](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d\s?(?:-|bis|to|sampai|s/d)\s?(?:[01]?\d|2[0-4])[.:][0-5]\d"
    r"|(?:[01]?\d|2[0-4])[.:][0-5]\d(?:,\s(?:[01]?\d|2[0-4])[.:][0-5]\d)+"
    r"|\d{1,2}\.\d{1,2}\.?\s?-\s?\d{1,2}\.\d{1,2}\.?(?:(?:19|20)?\d\d)?"
    r")(?![\d]|[.\-/]\d)"
    r"|(?<![\d.,])0[.,]\d{1,4}(?!\d|[.,\-/]\d)"
    r"|(?<![\d.,])[1-9]\d{0,2}(?:[.,']\d{3}){1,6}(?:[.,]\d{1,2})?(?!\d|[.,\-/]\d)"
)
WORDS = {
    word: str(digit)
    for digit, words in enumerate([
        "zero oh null nol kosong", "one eins satu", "two zwei zwo dua", "three drei tiga", "four vier empat",
        "five fünf fuenf lima", "six sechs enam", "seven sieben tujuh", "eight acht delapan", "nine neun sembilan",
    ])
    for word in words.split()
}  # fmt: skip
CHINESE = dict(zip("零〇一幺二两三四五六七八九", "0011223456789", strict=True))
WORD = re.compile("|".join(WORDS))
WORD_RUN = re.compile(
    rf"(?<![{LETTER}])(?:{'|'.join(WORDS)}|\d{{1,5}})(?:[\s,.\-]{{0,3}}+(?:{'|'.join(WORDS)}|\d{{1,5}})){{3,}}+"
)
CHINESE_RUN = re.compile(rf"[{''.join(CHINESE)}\d][{''.join(CHINESE)}\d\s\-]{{5,}}+")
LOOK_ALIKES = {"o": "0", "i": "1", "l": "1"}
LOOK_ALIKE_RUN = re.compile(r"(?<![a-z0-9])(?:[oil]*+(?=\d)|o(?=o))[0-9oil]++(?![a-z0-9])")
REFERENCE = re.compile(rf"\bSP[RS]-[{ALPHABET}]{{10}}\b", re.IGNORECASE)


class Copy:
    """A text in which each character knows where it begins and ends in the original one."""

    def __init__(self, text, starts, ends):
        self.text, self.starts, self.ends = text, starts, ends

    def spans(self, found):
        return [(self.starts[start], self.ends[end - 1]) for start, end in found if start < end]

    def edited(self, edits):
        """Return a copy in which each (start, end, replacement of at most one character), in order, is made."""
        if not edits:
            return self
        parts, starts, ends, position = [], [], [], 0
        for start, end, new in edits:
            parts += [self.text[position:start], new]
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            if new:
                starts.append(self.starts[start])
                ends.append(self.ends[end - 1])
            position = end
        parts.append(self.text[position:])
        return Copy("".join(parts), starts + self.starts[position:], ends + self.ends[position:])


def fold(text):
    """Return the text in small letters, plain digits, spaces and hyphens, without what is not seen."""
    walls = [match.span() for match in REFERENCE.finditer(text)]
    walls += [match.span() for match in re.finditer(re.escape(str(MASK)), text)]
    if text.isascii() and text.isprintable():
        copy = Copy(text.lower(), list(range(len(text))), list(range(1, len(text) + 1)))
    else:
        plain = [(new, position) for position, character in enumerate(text) for new in _plain(character)]
        starts = [position for _new, position in plain]
        copy = Copy("".join(new for new, _position in plain), starts, [position + 1 for position in starts])
    edits = [(bisect_left(copy.starts, start), bisect_left(copy.starts, end), WALL) for start, end in sorted(walls)]
    edits += [(match.start(), match.end(), DOT) for match in re.finditer(r"(?<=[a-z0-9])。(?=[a-z0-9])", copy.text)]
    return copy.edited(sorted(edits))


def _plain(character):
    if " " <= character <= "~":
        return character.lower()
    if character in "\n\r\t":
        return character
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Mn", "Me", "Co", "Cn", "Cs"} or character in INVISIBLE:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "−":
        return "-"
    if category == "Zs":
        return " "
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) > LONGEST:
        return character
    return "".join(new for new in plain if unicodedata.category(new) not in {"Mn", "Me"})


def join_spelled(copy):
    """Return the copy with "m i a @ h o s t" written together."""
    tokens = list(re.finditer(r"[^\s\u2e80-\uffff]+", copy.text))
    edits, run = [], []
    for token in [*tokens, None]:
        fits = token and len(token[0]) == 1 and (not run or copy.text[run[-1].end() : token.start()] in {" ", "  "})
        if fits:
            run.append(token)
            continue
        ends_run = (
            token and run and token.start() - run[-1].end() <= 2 and len(token[0]) == 2 and token[0][1] in ".,!?;"
        )
        whole = [*run, token] if ends_run else run
        if len(whole) >= 6:
            edits += [(one.end(), two.start(), "") for one, two in pairwise(whole)]
        run = [token] if token and len(token[0]) == 1 else []
    return copy.edited(edits)


def with_signs(copy):
    """Return the copy with "(at)", "at", "dot" and the like as signs."""
    signs = {"at": AT, "dot": DOT, "loose_at": LOOSE_AT, "loose_dot": LOOSE_DOT}
    found = SPELLED_SIGNS.finditer(copy.text)
    return copy.edited([(match.start(), match.end(), signs[match.lastgroup or "at"]) for match in found])


def with_digits(copy):
    """Return the copy with digits that are spelled out as digits, and without dates, times and amounts."""
    edits = [
        (word.start(), word.end(), WORDS[word[0]])
        for run in WORD_RUN.finditer(copy.text)
        for word in WORD.finditer(copy.text, *run.span())
    ]
    for run in CHINESE_RUN.finditer(copy.text):
        edits += [(at, at + 1, CHINESE[copy.text[at]]) for at in range(*run.span()) if copy.text[at] in CHINESE]
    for run in LOOK_ALIKE_RUN.finditer(copy.text):
        edits += [(at, at + 1, LOOK_ALIKES[copy.text[at]]) for at in range(*run.span()) if copy.text[at] in LOOK_ALIKES]
    copy = copy.edited(sorted(edits))
    return copy.edited([(match.start(), match.end(), WALL) for match in NOT_NUMBERS.finditer(copy.text)])
