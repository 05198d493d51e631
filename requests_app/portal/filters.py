from functools import reduce
from operator import and_

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.search import LONGEST_QUERY, words_begin, words_of
from requests_app.models import Share
from requests_app.portal.wording import SOON
from requests_app.workflow import ShareStatus


class InboxFilter(django_filters.FilterSet):
    """What the inbox's URL may ask for, over `visibility.with_profiles`; what it cannot read it leaves out."""

    q = django_filters.CharFilter(method="search")
    status = django_filters.ChoiceFilter(choices=ShareStatus)
    due = django_filters.ChoiceFilter(
        method="due_soon", choices=[("soon", _("Within 2 days"))], empty_label=_("Any time"), label=_("Answer due")
    )

    class Meta:
        model = Share
        fields = ("q", "status", "due")

    def search(self, shares, name, text):
        """References, shop names and categories by their word beginnings; never contact details or free text."""
        typed = text[:LONGEST_QUERY].upper()
        if typed.startswith("SPS-"):
            return shares.filter(reference__startswith=typed)
        found = Q(reference__startswith=f"SPS-{typed}")
        if words := words_of(text):
            found |= reduce(and_, (_begins_a_name(word) for word in words))
        return shares.filter(found)

    def due_soon(self, shares, name, value):
        return shares.filter(status=ShareStatus.REVIEWING, respond_by__lte=clock.now() + SOON)


def _begins_a_name(word):
    return Q(words_begin("shown_shop", word)) | Q(words_begin("shown_category", word))
