from functools import reduce
from operator import and_
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.search import (
    LONGEST_QUERY,
    TOO_LONG,
    SearchedFilterSet,
    terms_of,
)
from partners.names import categories_begin, markets_begin, services_begin
from requests_app import help_needed, shop_names
from requests_app.models import Share
from requests_app.pages.searching import few
from requests_app.references import SHARE, begins_reference, of_reference, typed_reference
from requests_app.workflow import FINAL, TAKEN, ShareStatus

TO_ANSWER, IN_PROGRESS, DONE, ALL = "to-answer", "in-progress", "done", "all"
TABS = {  # the label of each, and the statuses that it holds
    TO_ANSWER: (_("To answer"), {ShareStatus.REVIEWING}),
    IN_PROGRESS: (_("In progress"), TAKEN),
    DONE: (_("Done"), FINAL),
    ALL: (_("All"), set(ShareStatus)),
}

NEWEST, OLDEST, DUE = "newest", "oldest", "due"
SORTS = {DUE: _("Answer due first"), NEWEST: _("Newest first"), OLDEST: _("Oldest first")}
ORDERS: dict[str, dict[str, Any]] = {  # each served by an index of Share
    NEWEST: {"at": "shared_at"},
    OLDEST: {"at": "shared_at", "ascending": True},
    DUE: {"at": "respond_by", "ascending": True},
}
CONDITIONS = {
    TO_ANSWER: Q(status=ShareStatus.REVIEWING),
    IN_PROGRESS: Q(ended_at=None, status__in=TAKEN),  # `ended_at` brings in the index of live shares
    DONE: Q(status__in=FINAL),
    ALL: Q(),
    **{status.value: Q(status=status) for status in ShareStatus},
}
STATUSES = [*((key, label) for key, (label, _statuses) in TABS.items()), *ShareStatus.choices]
WAITING = {TO_ANSWER, ShareStatus.REVIEWING}

PAGER_LABELS = {
    NEWEST: {"before": _("Newer"), "after": _("Older")},
    OLDEST: {"before": _("Older"), "after": _("Newer")},
    DUE: {"before": _("Due sooner"), "after": _("Due later")},
}


class InboxFilter(SearchedFilterSet):
    """What the inbox's URL may ask for, over `visibility.with_profiles`; what it cannot read it leaves out."""

    q = django_filters.CharFilter(method="search", max_length=LONGEST_QUERY, error_messages={"max_length": TOO_LONG})
    status = django_filters.ChoiceFilter(method="unfiltered", choices=STATUSES)
    sort = django_filters.ChoiceFilter(method="unfiltered", choices=[*SORTS.items()])

    class Meta:
        model = Share
        fields = ("q", "status", "sort")

    @property
    def values(self):
        """Return what could be read, {name: value}."""
        self.errors  # noqa: B018  reads the form
        return self.form.cleaned_data

    @property
    def shown(self):
        """Return a key of CONDITIONS: what waits, unless something else is asked for; a search looks everywhere."""
        return self.values.get("status") or (ALL if self.values.get("q") else TO_ANSWER)

    @property
    def sorts(self):
        """Return the orders of what is shown, {key of ORDERS: label}; the first is taken where none is asked for."""
        return {key: label for key, label in SORTS.items() if key != DUE or self.shown in WAITING}

    @property
    def order(self):
        """Return a key of ORDERS."""
        asked = self.values.get("sort")
        return asked if asked in self.sorts else next(iter(self.sorts))

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).filter(CONDITIONS[self.shown])

    def search(self, shares, name, text):
        """References, shops, categories, services and markets by their word beginnings.

        Never contact details or free text.
        """
        typed = typed_reference(text)
        if typed.startswith(SHARE):
            return shares.filter(of_reference(typed))
        names = _begin_names(terms_of(text))
        referred = begins_reference(SHARE, typed) if typed else None
        if referred is None:
            return shares.filter(names)
        # Either of the two: a list of keys, where they are few, since no index serves an OR of two tables.
        return shares.filter((few(shares, names) or names) | (few(shares, referred) or referred))

    def unfiltered(self, shares, name, value):
        return shares


def _begin_names(terms):
    """Return the condition that each term begins a word of the shop, category, market or a service; none for none."""
    found = [Q(pk__in=[])] if not terms else []
    coded = (categories_begin(terms), services_begin(terms), markets_begin(terms))
    for term, categories, services, markets in zip(terms, *coded, strict=True):
        condition = shop_names.shop_begins(term)
        if categories:
            condition |= Q(shown_category_key__in=categories)
        if services:
            condition |= help_needed.names_one_of("shown_services", services)
        if markets:
            condition |= Q(shown_market_code__in=markets)
        found.append(condition)
    return reduce(and_, found)
