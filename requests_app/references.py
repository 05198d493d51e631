"""References that people read aloud: a prefix and ten random characters without look-alikes."""

from django.db.models import Q
from django.utils.crypto import get_random_string

from accounts.letters import words_in
from accounts.search import is_too_long

REQUEST, SHARE = "SPR-", "SPS-"  # prefixes
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U
CHARACTERS = 10
LENGTH = len(REQUEST) + CHARACTERS


def new_request_reference():
    return REQUEST + get_random_string(CHARACTERS, ALPHABET)


def new_share_reference():
    return SHARE + get_random_string(CHARACTERS, ALPHABET)


def typed_reference(text):
    """Return how a typed text is written in references: "sps–7k2m " -> "SPS-7K2M"; "" where it is too long."""
    return "" if is_too_long(text) else "-".join(words_in(text)).upper()


def of_reference(typed):
    """Return the condition for a reference, whole or as far as it is typed; a whole one is one look-up."""
    return Q(reference=typed) if len(typed) >= LENGTH else Q(reference__startswith=typed)


def begins_reference(prefix, typed):
    """Return the condition that a reference of this prefix begins as typed; None where none can."""
    whole = typed if typed.startswith(prefix) else f"{prefix}{typed}"
    rest = whole.removeprefix(prefix)
    return Q(reference__startswith=whole) if rest.strip(ALPHABET) == "" else None
