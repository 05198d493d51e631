"""Search by word beginnings, the same on both databases (docs/design.md, Search and lists).

What is searched and what is typed are split and folded by one rule (accounts.letters). A row keeps its name's words in
a column (accounts.names), each with what follows it: "Coca-Cola" as "cocacola cola", so that "coca", "Cola", "coca
cola", "Coca-Cola" and "CocaCola" each begin a word of it. PostgreSQL finds them by an index, SQLite by LIKE.
"""

from functools import reduce
from operator import and_

from django.conf import settings
from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, Func, Index, Q, Value
from django.db.models.functions import Cast

from accounts.letters import LONGEST_WORD, in_one, rests_of, words_in

LONGEST_QUERY = 120  # as long as the longest name
MOST_WORDS = 8
MOST_STORED = 120  # words of one column: one letter may fold to six, and each of them begin a word


def stored_words(text):
    """Return what the column of words holds for a name: 20 kB at most."""
    return " ".join(list(dict.fromkeys(rests_of(text)))[:MOST_STORED])


def terms_of(text):
    """Return what a person asks for by a typed text, each a tuple of words: one or several, as of "Coca-Cola".

    Each is as long as what it is compared with at most. Folded, a text may be many times as long as it was typed, and
    PostgreSQL refuses words of more than 2,046 bytes.
    """
    typed = (text or "")[:LONGEST_QUERY].split()
    terms = [words for each in typed if (words := words_in(each))][:MOST_WORDS]
    return [tuple(word[:LONGEST_WORD] for word in words[:MOST_WORDS]) for words in terms]


def typed_reference(text):
    """Return how a typed text is written in references: "sps–7k2m " -> "SPS-7K2M"."""
    return "-".join(words_in(text[:LONGEST_QUERY])).upper()


def term_begins(field, term):
    """Return the condition that a term begins a word of a column of words: written in one, or each word for itself."""
    if settings.ON_POSTGRESQL:
        return Q(_Matches(_WordVector(field), Cast(Value(_tsquery(term)), SearchQueryField())))
    return _like(field, in_one(term)) | reduce(and_, (_like(field, word) for word in term))


def words_begin(field, text):
    """Return the condition that every term of `text` begins a word of the column; None if `text` asks for nothing."""
    terms = terms_of(text)
    return reduce(and_, (term_begins(field, term) for term in terms)) if terms else None


def begins_a_word_of(text, term):
    """Return the same for a text that no column holds, such as a translated name."""
    stored = " " + stored_words(text)
    return f" {in_one(term)}" in stored or all(f" {word}" in stored for word in term)


def _like(field, word):
    return Q(**{f"{field}__startswith": word}) | Q(**{f"{field}__contains": f" {word}"})


def _tsquery(term):
    written = in_one(term)
    each = " & ".join(map(_quoted, term))
    return _quoted(written) if len(term) == 1 else f"{_quoted(written)} | ({each})"


def _quoted(word):
    return f"'{word}':*"  # of letters, digits and pictures alone


class _WordVector(Func):
    """The words of a column as they are: to_tsvector would split them by rules of its own."""

    template = "array_to_tsvector(string_to_array(%(expressions)s, ' '))"
    output_field = SearchVectorField()


class _Matches(Func):
    template, arg_joiner = "(%(expressions)s)", " @@ "
    output_field = BooleanField()


class WordsIndex(Index):
    """The index of a column of words. SQLite has none of the kind and keeps a plain one in its place."""

    def __init__(self, *, field, name):
        self.field = field
        super().__init__(_WordVector(field), name=name)

    def deconstruct(self):
        return f"{type(self).__module__}.{type(self).__qualname__}", (), {"field": self.field, "name": self.name}

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor, using=" USING gin", **kwargs)
        return Index(fields=[self.field], name=self.name).create_sql(model, schema_editor, **kwargs)
