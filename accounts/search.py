"""Search by word beginnings: full text on PostgreSQL, LIKE on SQLite (docs/design.md, Search and lists)."""

import re

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import Q

LONGEST_QUERY = 100
MOST_WORDS = 8


def words_of(text):
    """Return the words of a typed text, without signs that a search language would interpret."""
    return re.findall(r"[^\W_]+", (text or "")[:LONGEST_QUERY])[:MOST_WORDS]


def words_begin(field, text):
    """Return the condition that every word of `text` begins some word of the field; None if `text` has no word."""
    words = words_of(text)
    if not words:
        return None
    if settings.ON_POSTGRESQL:
        query = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
        return SearchVectorExact(SearchVector(field, config="simple"), query)
    condition = Q()
    for word in words:
        condition &= Q(**{f"{field}__istartswith": word}) | Q(**{f"{field}__icontains": f" {word}"})
    return condition
