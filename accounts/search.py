"""Search by word beginnings, the same on both databases (docs/design.md, Search and lists).

What is searched and what is typed are split and folded by one rule (accounts.letters). A row keeps its name's words in
a column (accounts.names), each with what follows it: "Coca-Cola" as "cocacola cola", so that "coca", "Cola", "coca
cola", "Coca-Cola" and "CocaCola" each begin a word of it. PostgreSQL finds them by an index, SQLite by LIKE.
"""

import re
from collections.abc import Callable
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BigIntegerField, BooleanField, F, Func, Index, Q, TextField, Value
from django.db.models.functions import Cast, Concat, StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from accounts.letters import LONGEST_WORD, in_one, rests_of, words_in

LONGEST_QUERY = 120  # as long as the longest name
MOST_WORDS = 8
FEW_KEYS, MOST_KEYS = 500, 50_000  # of rows found by name: listed one by one, or as one array
MOST_STORED = 120  # words of one name: one letter may fold to six, and each of them begin a word
MOST_OF_TEXT = 1_000  # words of one longer text
PART_OF_ADDRESS = re.compile(r"[^\W_]+")
TOO_LONG = _("The search text is too long. Shorten it to %(limit_value)d characters.")


class SearchedFilterSet(FilterSet):
    """A filter set whose `q` finds nothing where it cannot be read, with an error that says why."""

    def filter_queryset(self, queryset):
        return queryset.none() if "q" in self.errors else super().filter_queryset(queryset)

    @property
    def problem(self):
        """Return why the text was not searched for, as a sentence; "" where it was."""
        return next(iter(self.errors.get("q", ())), "")


def query_of(params):
    """Return the search text of an address; one that is too long ends with "…" where it is cut, and stays too long."""
    text = params.get("q", "").strip()
    return f"{text[:LONGEST_QUERY]}…" if is_too_long(text) else text


def problem_of(text):
    """Return that a typed text is too long to be searched for, as a sentence; "" where it is not."""
    return TOO_LONG % {"limit_value": LONGEST_QUERY} if is_too_long(text) else ""


def is_too_long(text):
    return len(text.strip()) > LONGEST_QUERY


def stored_words(text):
    """Return what the column of words holds for a name: 20 kB at most."""
    return " ".join(list(dict.fromkeys(rests_of(text)))[:MOST_STORED])


def stored_text(text):
    """Return the same for a text of sentences, 160 kB at most: its words are followed by no others.

    What stands between two spaces is typed so too, such as "e-commerce", and may be typed in one.
    """
    words = dict.fromkeys(rest for each in text.split() for rest in rests_of(each))
    return " ".join(list(words)[:MOST_OF_TEXT])


def terms_of(text):
    """Return what a person asks for by a typed text, each a tuple of words: one or several, as of "Coca-Cola".

    A text that is too long asks for nothing.
    Each is as long as what it is compared with at most. Folded, a text may be many times as long as it was typed, and
    PostgreSQL refuses words of more than 2,046 bytes.
    """
    typed = [] if is_too_long(text or "") else (text or "").split()
    terms = [words for each in typed if (words := words_in(each))][:MOST_WORDS]
    return [tuple(word[:LONGEST_WORD] for word in words[:MOST_WORDS]) for words in terms]


def term_begins(field, term):
    """Return the condition that a term begins a word of a column of words: written in one, or each word for itself."""
    if settings.ON_POSTGRESQL:
        return Q(_Matches(_WordVector(field), Cast(Value(_tsquery(term)), SearchQueryField())))
    return _like(field, in_one(term)) | reduce(and_, (_like(field, word) for word in term))


def words_begin(field, text):
    """Return the condition that every term of `text` begins a word of the column; None if `text` asks for nothing."""
    terms = terms_of(text)
    return reduce(and_, (term_begins(field, term) for term in terms)) if terms else None


def names_begin(relation, rows, term):
    """Return the condition that the term begins a word of the name of the row that `relation` leads to, or "pk".

    `rows` are all such rows that may be asked for. They are looked up first, and the condition names them by their
    keys: the database then knows how many there are, and reads along the index of either side.
    """
    found = rows.filter(term_begins("name_words", term))
    keys = keys_of(found, MOST_KEYS)
    return (
        Named(Q(**{f"{relation}__in": found.order_by().values("pk")}), None) if keys is None else keyed(relation, keys)
    )


def keys_of(rows, most, key="pk"):
    """Return the keys of the rows, or what they have as `key`, at most so many (on SQLite FEW_KEYS); else None."""
    most = most if settings.ON_POSTGRESQL else FEW_KEYS
    keys = list(rows.order_by().values_list(key, flat=True)[: most + 1])
    return keys if len(keys) <= most else None


def keyed(relation, keys):
    """Return the condition that the row that `relation` leads to, or "pk", is one of these."""
    if len(keys) <= FEW_KEYS or not settings.ON_POSTGRESQL:
        return Named(Q(**{f"{relation}__in": keys}), keys)
    array = Value(keys, output_field=_Keys(BigIntegerField()))
    return Named(Q(_IsOneOf("pk" if relation == "pk" else f"{relation}_id", array)), keys)


class Named(NamedTuple):
    """A condition, and the keys that it names; None where they are too many."""

    condition: Q
    keys: list | None


def term_begins_each(words, term):
    """Return the condition of `term_begins` for words that no index is asked for, such as a subquery's.

    For words that many rows have: PostgreSQL takes it that a third of them does, so it reads the rows in the order of
    the list. It also compares a text quicker than it makes a vector of it.
    """
    after_space = Concat(Value(" "), words, output_field=TextField())
    typed = [Q(GreaterThan(StrIndex(after_space, Value(f" {word}")), 0)) for word in (in_one(term), *term)]
    return typed[0] if len(term) == 1 else typed[0] | reduce(and_, typed[1:])


def begins_a_word_of(text, term):
    """Return the same for a text that no column holds, such as a translated name."""
    stored = " " + stored_words(text)
    return f" {in_one(term)}" in stored or all(f" {word}" in stored for word in term)


def address_begins(field, text):
    """Return the condition that each word of `text` begins a part of the email address in the column.

    Parts are what stands between signs: of "ann.whitfield@example.com" ann, whitfield, example and com.
    """
    words = [word[:LONGEST_WORD] for word in PART_OF_ADDRESS.findall(text[:LONGEST_QUERY].lower())][:MOST_WORDS]
    if not words:
        return Q(pk__in=[])
    if settings.ON_POSTGRESQL:
        typed = " & ".join(map(_quoted, words))
        return Q(_Matches(_AddressVector(field), Cast(Value(typed), SearchQueryField())))
    return Q(*(Q(**{f"{field}__iregex": rf"(^|[\W_]){word}"}) for word in words))


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


class _AddressVector(Func):
    """The parts of an email address."""

    template = (
        "array_to_tsvector(string_to_array("
        "btrim(regexp_replace(lower(%(expressions)s), '[^[:alnum:]]+', ' ', 'g')), ' '))"
    )
    output_field = SearchVectorField()


class _Keys(ArrayField):
    """Keys that the database gave, which need no preparing one by one."""

    def get_db_prep_value(self, value, connection, prepared=False):
        return value


class _IsOneOf(Func):
    """Whether a column is one of the values of an array: one parameter, however many they are."""

    template, arg_joiner = "(%(expressions)s))", " = ANY("
    output_field = BooleanField()


class _Matches(Func):
    template, arg_joiner = "(%(expressions)s)", " @@ "
    output_field = BooleanField()


class WordsIndex(Index):
    """The index of a column of words. SQLite has none of the kind and keeps a plain one in its place."""

    vector: Callable[[str], Any] = _WordVector

    def __init__(self, *, field, name):
        self.field = field
        super().__init__(self.vector(field), name=name)

    def deconstruct(self):
        return f"{type(self).__module__}.{type(self).__qualname__}", (), {"field": self.field, "name": self.name}

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor, using=" USING gin", **kwargs)
        return Index(fields=[self.field], name=self.name).create_sql(model, schema_editor, **kwargs)


class CodesIndex(WordsIndex):
    """The index of a column that holds a list of codes, for conditions on whether it names one of several."""

    vector = F


class AddressIndex(WordsIndex):
    """The index of a column of email addresses, for `address_begins`."""

    vector = _AddressVector
