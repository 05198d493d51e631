"""The signs of the copy in which contacts are looked for, and which letters names and hosts have."""


def words_of(text):
    return frozenset(text.split())


AT, LOOSE_AT, DOT, LOOSE_DOT, WALL = "@", "\ue001", ".", "\ue000", "\ue00f"  # loose: spelled as a word
LETTER = "a-z0-9\u00df-\u00f6\u00f8-\u024f\u0370-\u1fff"  # those of hosts and names; not Chinese, which has no spaces
