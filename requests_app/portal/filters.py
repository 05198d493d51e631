from functools import reduce
from operator import and_

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.search import term_begins, terms_of, typed_reference
from partners.names import category_begins
from requests_app.models import Share
from requests_app.pages.urgency import SOON
from requests_app.workflow import ShareStatus

NEWEST, OLDEST, DUE = "newest", "oldest", "due"
SORTS = [(NEWEST, _("Newest first")), (OLDEST, _("Oldest first")), (DUE, _("Answer due first"))]
# Each served by the index of the list or of its status: all have the same time to answer, so the oldest is due first.
ORDERS = {NEWEST: {}, OLDEST: {"ascending": True}, DUE: {"ascending": True}}

PAGER_LABELS = {
    NEWEST: {"before": _("Newer"), "after": _("Older")},
    OLDEST: {"before": _("Older"), "after": _("Newer")},
    DUE: {"before": _("Due sooner"), "after": _("Due later")},
}


class InboxFilter(django_filters.FilterSet):
    """What the inbox's URL may ask for, over `visibility.with_profiles`; what it cannot read it leaves out."""

    q = django_filters.CharFilter(method="search")
    status = django_filters.ChoiceFilter(choices=ShareStatus)
    due = django_filters.ChoiceFilter(
        method="due_soon", choices=[("soon", _("Within 2 days"))], empty_label=_("Any time"), label=_("Answer due")
    )

    sort = django_filters.ChoiceFilter(
        method="those_that_have_it", choices=SORTS, empty_label=None, label=_("Sort"), null_label=None
    )

    class Meta:
        model = Share
        fields = ("q", "status", "due", "sort")

    @property
    def order(self):
        """A key of ORDERS."""
        self.form.is_valid()
        return self.form.cleaned_data.get("sort") or NEWEST

    def search(self, shares, name, text):
        """References, shop names and categories by their word beginnings; never contact details or free text."""
        typed = typed_reference(text)
        if typed.startswith("SPS-"):
            return shares.filter(reference__startswith=typed)
        found = Q(reference__startswith=f"SPS-{typed}") if typed else Q(pk__in=[])
        if terms := terms_of(text):
            found |= reduce(and_, map(_begins_a_name, terms))
        return shares.filter(found)

    def those_that_have_it(self, shares, name, value):
        """The order is that of the page (ORDERS); what is due first is what waits for an answer."""
        return shares.filter(status=ShareStatus.REVIEWING) if value == DUE else shares

    def due_soon(self, shares, name, value):
        return shares.filter(status=ShareStatus.REVIEWING, respond_by__lte=clock.now() + SOON)


def _begins_a_name(term):
    of_category = category_begins(term, words="shown_category_words", name="shown_category")
    return term_begins("shown_shop_words", term) | of_category
