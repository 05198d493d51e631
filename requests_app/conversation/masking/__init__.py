"""Contact data that people write into free text, found and hidden (docs/decisions/0016).

It works on copies of the text (`copies`), in which `links`, `handles` and `phones` find what they know. Every pattern
runs in linear time: it repeats possessively or within bounds. That masking finds all is not promised.
"""

from requests_app.conversation.masking.copies import MASK, fold, join_spelled, with_digits, with_signs
from requests_app.conversation.masking.handles import handles_in
from requests_app.conversation.masking.links import emails_in, links_in
from requests_app.conversation.masking.phones import Phones

ROUNDS = 4  # until nothing is found: what stood beside a contact may be one by itself


def masked(text, *, regions=()):
    """Return the text with e-mail addresses, phone numbers, links and messenger handles replaced by MASK.

    `regions` are ISO 3166 codes of countries: a number without a country's code is read as one of theirs. A text in
    which nothing is found comes back as it is. Not all is found (docs/decisions/0016).
    """
    for _round in range(ROUNDS):
        spans = _spans(text, regions)
        if not spans:
            break
        text = _hidden(text, spans)
    return text


def finds_contact(text, *, regions=()):
    """Return whether anything in the text would be masked."""
    return bool(_spans(text, regions))


def _hidden(text, spans):
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], str(MASK)]
        position = end
    return "".join([*parts, text[position:]])


def _spans(text, regions):
    """Return (start, end) of each contact, in order, without overlaps."""
    folded = fold(text)
    joined = join_spelled(folded)
    signs = with_signs(joined)
    digits = with_digits(folded)
    found = [
        *signs.spans(emails_in(signs)),
        *signs.spans(links_in(signs, text)),
        *joined.spans(handles_in(joined)),
        *digits.spans(Phones(digits.text, regions).found()),
    ]
    merged = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
