"""The filters of the directory, read from its URL."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.fields import OneLineField
from accounts.search import LONGEST_QUERY, TOO_LONG, SearchedFilterSet, terms_of
from partners.amounts import AmountField, AmountInput, AmountsMixin
from partners.asking import NOBODY_KNOWN
from partners.choices import Currency, PartnerType, Service
from partners.hard_filters import within_budget
from partners.models import Category, Market, Partner, PartnerTrait
from partners.names import by_name, categories_begin, category_name, markets_begin, services_begin
from partners.own_words import partners_begin
from partners.rates import convert, latest_rates

SORTS = {"name": _("Name"), "newest": _("Newest first"), "response": _("Response rate")}


class WordsFilter(django_filters.Filter):
    field_class = OneLineField


class AmountFilter(django_filters.Filter):
    field_class = AmountField

    def __init__(self, **kwargs):
        described = {"class": "form-control", "aria-describedby": "filter-problems id_budget_echo"}
        super().__init__(widget=AmountInput(described), **kwargs)


class DirectoryForm(AmountsMixin, forms.Form):
    """A budget without a currency is read in that of the chosen market."""

    market_currencies: dict[str, str] = {}

    def clean_currency(self):
        return self.cleaned_data["currency"] or self.market_currencies.get(self.cleaned_data.get("market", ""), "")

    def clean(self):
        cleaned = super().clean()
        if self.data.get("budget", "").strip() and not cleaned.get("currency") and "currency" not in self.errors:
            self.add_error("currency", _("Choose the currency of your budget."))
        return cleaned


class DirectoryFilter(SearchedFilterSet):
    """Filters the listed partners. A value that cannot be read is left out, with an error at its field; such a
    search finds nothing.

    A seller sees those that they can ask, unless `all` or another market is asked for.
    A partner whose budget cannot be compared for want of a rate is kept; `comparable` is False for it.
    """

    q = WordsFilter(
        method="search", max_length=LONGEST_QUERY, label=_("Search"), error_messages={"max_length": TOO_LONG}
    )
    category = django_filters.ChoiceFilter(
        field_name="categories", label=_("Product category"), empty_label=_("Any category")
    )
    market = django_filters.ChoiceFilter(field_name="markets", label=_("Market"), empty_label=_("Any market"))
    service = django_filters.MultipleChoiceFilter(
        choices=Service, method="offering", label=_("Services"), widget=forms.CheckboxSelectMultiple
    )
    type = django_filters.ChoiceFilter(
        choices=PartnerType, method="with_trait", label=_("Type"), empty_label=_("Any type")
    )
    budget = AmountFilter(method="within_budget", label=_("Your monthly budget"))
    currency = django_filters.ChoiceFilter(
        choices=[(code, code) for code in Currency.values], method="unfiltered", label=_("Currency"), empty_label="–"
    )
    all = django_filters.ChoiceFilter(choices=[("1", _("All partners"))], method="unfiltered")
    sort = django_filters.ChoiceFilter(
        choices=list(SORTS.items()), method="unfiltered", label=_("Sort by"), empty_label=None
    )

    class Meta:
        model = Partner
        fields = ()
        form = DirectoryForm

    def __init__(self, data, asker=NOBODY_KNOWN):
        super().__init__(data, queryset=Partner.objects.listed())
        self.asker = asker
        self.markets = list(Market.objects.filter(active=True))
        self.filters["market"].extra["choices"] = by_name((market.code, str(market)) for market in self.markets)
        categories = Category.objects.filter(active=True).values_list("id", "name")
        named = [(str(key), category_name(name)) for key, name in categories]
        self.filters["category"].extra["choices"] = by_name(named)

    def get_form_class(self):
        form = super().get_form_class()
        form.market_currencies = {market.code: market.currency for market in self.markets}
        return form

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found.filter(self.asker.condition) if self.is_for_asker else found

    @property
    def is_for_asker(self):
        """Return whether only those are shown that the reader can ask."""
        return bool(self.asker.market) and not self.values.keys() & {"all", "market"}

    def search(self, partners, name, text):
        """Return partners where each term begins a word of the name, a category, a service, a market, or what they say.

        None if nothing is asked for.
        """
        terms = terms_of(text)
        market = self.asker.market if self.is_for_asker else self.values.get("market")
        coded = (categories_begin(terms), services_begin(terms), markets_begin(terms))
        for term, categories, services, markets in zip(terms, *coded, strict=True):
            found = partners_begin("pk", term, market=market).condition
            if categories:
                works_in = Partner.categories.through.objects.filter(partner=OuterRef("pk"), category__in=categories)
                found |= Q(Exists(works_in))
            if services:
                offered = PartnerTrait.objects.filter(kind=PartnerTrait.Kind.SERVICE, code__in=services)
                found |= Q(Exists(offered.filter(partner=OuterRef("pk"))))
            if markets:
                served = Partner.markets.through.objects.filter(partner=OuterRef("pk"), market__in=markets)
                found |= Q(Exists(served))
            partners = partners.filter(found)
        return partners if terms else partners.none()

    def offering(self, partners, name, services):
        """Return the partners that offer all of these; who offers full service offers each."""
        for code in services:
            offered = {"kind": PartnerTrait.Kind.SERVICE, "code__in": [code, Service.FULL_SERVICE]}
            partners = partners.filter(Exists(PartnerTrait.objects.filter(partner=OuterRef("pk"), **offered)))
        return partners

    def with_trait(self, partners, name, code):
        held = PartnerTrait.objects.filter(partner=OuterRef("pk"), kind=PartnerTrait.Kind(name), code=code)
        return partners.filter(Exists(held))

    def within_budget(self, partners, name, budget):
        return partners.filter(within_budget(budget, self.in_currency, self.rates, keep_unrated=True))

    def unfiltered(self, partners, name, value):
        return partners

    @cached_property
    def values(self):
        """Return the values of the filters that are set and could be read, {name: value}."""
        self.errors  # noqa: B018  reads the form
        values = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [])}
        if "budget" not in values:
            values.pop("currency", None)
        return values

    @property
    def order(self):
        return self.values.get("sort", "name")

    @property
    def in_currency(self):
        """Return the currency of the budget; "" if no budget is asked for."""
        return self.values.get("currency", "")

    @cached_property
    def rates(self):
        return latest_rates()

    def in_asked_currency(self, partner):
        """Return the partner's smallest budget in the currency of the filter's budget; None without a rate."""
        return convert(partner.smallest_budget, source=partner.currency, target=self.in_currency, rates=self.rates)

    def comparable(self, partner):
        """Return whether the partner's smallest budget could be compared with the filter's."""
        if "budget" not in self.values or partner.smallest_budget == 0:
            return True
        return self.in_asked_currency(partner) is not None
