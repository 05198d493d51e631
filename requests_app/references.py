"""References that people read aloud: a prefix and ten random characters without look-alikes."""

from django.utils.crypto import get_random_string

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O, 1 I L, U


def new_request_reference():
    return "SPR-" + get_random_string(10, ALPHABET)


def new_share_reference():
    return "SPS-" + get_random_string(10, ALPHABET)
