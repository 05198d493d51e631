"""Partners side by side: those a reader has picked, kept in the URL, and the table that compares them."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formats import joined, money, sentence_of, sentences
from partners.asking import NOBODY_KNOWN
from partners.choices import Currency, Service
from partners.directory import median_text, rate_text, sizes_text, smallest_text, until_text
from partners.models import Partner, PartnerTrait
from partners.names import names_of
from partners.rates import convert, latest_rates
from partners.workflow import Availability

Kind = PartnerTrait.Kind
MOST = 4  # beside each other
MOST_WANTED = 3  # services
MOST_READ = 20  # of those that an address names
SLUG = re.compile(r"[\w-]{1,140}", re.ASCII)
SHOWN = ("traits", "markets", "categories")


class Choice:
    """The partners that a URL names by `partner=slug`, in its order: listed ones, each once, at most MOST."""

    def __init__(self, params, *, shown=()):
        asked = list(dict.fromkeys(filter(None, params.getlist("partner"))))
        self.asked = asked[:MOST_READ]
        self.shown = shown

    @cached_property
    def found(self):
        slugs = [slug for slug in self.asked if SLUG.fullmatch(slug)]
        if not slugs:
            return []
        rows = Partner.objects.listed().filter(slug__in=slugs).prefetch_related(*self.shown)
        return sorted(rows, key=lambda partner: slugs.index(partner.slug))

    @property
    def partners(self):
        return self.found[:MOST]

    @property
    def slugs(self):
        return [partner.slug for partner in self.partners]

    @property
    def is_full(self):
        return len(self.found) >= MOST

    @property
    def text(self):
        """Return "2 of 4 chosen to compare"; "" for none."""
        if not self.partners:
            return ""
        return _("%(count)d of %(most)d chosen to compare") % {"count": len(self.partners), "most": MOST}

    @property
    def notes(self):
        """Yield a sentence for each reason why a partner that the URL names is not shown."""
        if missing := len(self.asked) - len(self.found):
            yield ngettext(
                "One of the partners is not in the directory (any more) and was left out.",
                "%(count)d of the partners are not in the directory (any more) and were left out.",
                missing,
            ) % {"count": missing}
        if len(self.found) > MOST:
            yield _("At most %(most)d partners are compared at a time. These are the first ones.") % {"most": MOST}

    def without(self, slug):
        return [each for each in self.slugs if each != slug]

    def including(self, slug):
        """Return the slugs of the choice with this one; if the choice is full, it replaces the last one."""
        return [*self.without(slug)[: MOST - 1], slug]


def query_of(slugs, *, services=(), **more):
    """Return the query that keeps the choice in a page's URL: "?partner=…", or "" for nothing.

    `services` are codes that the reader looks for.
    """
    query = [("partner", slug) for slug in slugs] + [("service", code) for code in services]
    query += [(key, value) for key, value in more.items() if value]
    return f"?{urlencode(query)}" if query else ""


def services_in(params):
    """Return the services that a URL says the reader looks for, as codes, as many as a request may name."""
    return [code for code in dict.fromkeys(params.getlist("service")) if code in Service.values][:MOST_WANTED]


def url_of(slugs, **more):
    return reverse("partners:compare") + query_of(slugs, **more)


def currency_of(request):
    """Return the currency to convert to: the URL's, else the reader's own; "" if neither is known."""
    asked = request.GET.get("currency", "")
    return asked if asked in Currency.values else import_string(settings.CURRENCY_OF_READER)(request)


@dataclass(frozen=True)
class Column:
    """A partner of the comparison."""

    name: str
    slug: str
    url: str
    city: str
    availability: Availability
    until: str
    without_url: str  # the comparison without it


@dataclass(frozen=True)
class Cell:
    lines: list
    wanted: list = field(default_factory=list)  # what the reader looks for and finds here: shown first, and marked
    help: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    cells: list
    differs: bool


class Comparison:
    """What the page shows to `asker`. `currency` is the one to convert to, "" for none; `services` are looked for."""

    def __init__(self, choice, *, asker=NOBODY_KNOWN, currency="", asked_currency="", services=()):
        self.asker, self.choice, self.currency, self.asked_currency = asker, choice, currency, asked_currency
        self.services = list(services)
        self.partners = choice.partners

    @property
    def columns(self):
        return [
            Column(
                name=partner.name,
                slug=partner.slug,
                url=partner.get_absolute_url() + query_of(self.choice.slugs, services=self.services),
                city=partner.city,
                availability=partner.availability,
                until=until_text(partner),
                without_url=url_of(
                    self.choice.without(partner.slug), services=self.services, currency=self.asked_currency
                ),
            )
            for partner in self.partners
        ]

    @property
    def rows(self):
        return [
            self._lists(_("Types"), lambda partner: partner.labels_of(Kind.TYPE)),
            self._services(),
            self._lists(_("Product categories"), lambda partner: names_of(partner.categories.all())),
            self._lists(_("Markets"), lambda partner: names_of(partner.markets.all())),
            self._lists(_("Languages"), lambda partner: partner.labels_of(Kind.LANGUAGE)),
            self._lists(_("City"), lambda partner: [partner.city] if partner.city else []),
            self._lists(_("Company sizes"), lambda partner: [sizes_text(partner)]),
            self._amounts(_("Minimum monthly budget"), "smallest_budget"),
            self._amounts(_("Minimum monthly GMV"), "smallest_gmv"),
            self._lists(_("Response rate"), lambda partner: [rate_text(partner) or _("Too few answers to say")]),
            self._lists(
                _("Median time to answer"), lambda partner: [median_text(partner) or _("Too few answers to say")]
            ),
        ]

    @property
    def availability_differs(self):
        return len({partner.availability for partner in self.partners}) > 1

    @property
    def askable(self):
        return [partner.slug for partner in self.partners if not self.asker.hindrance(partner)]

    @property
    def ask_query(self):
        """Return the query that picks, in the request form, those that can be asked now; "" if none can."""
        return query_of(self.askable, services=self.services if self.askable else ())

    @property
    def hindered(self):
        """Return a sentence for each of those that the reader cannot ask now."""
        whys = [(partner.name, self.asker.hindrance(partner)) for partner in self.partners]
        return sentences(sentence_of(name, why) for name, why in whys if why)

    @property
    def more_url(self):
        """Return the URL of the directory, to pick another one; "" if the choice is full."""
        return (
            ""
            if self.choice.is_full
            else reverse("partners:directory") + query_of(self.choice.slugs, services=self.services)
        )

    def _lists(self, label, lines_of):
        cells = [Cell([str(line) for line in lines_of(partner)]) for partner in self.partners]
        return Row(label, cells, len({frozenset(cell.lines) for cell in cells}) > 1)

    def _services(self):
        """Those that the reader looks for stand first, marked; which of them are missing is said below."""
        cells = [self._services_of(partner) for partner in self.partners]
        return Row(_("Services"), cells, len({frozenset([*cell.wanted, *cell.lines]) for cell in cells}) > 1)

    def _services_of(self, partner):
        labels = dict(zip(partner.codes_of(Kind.SERVICE), map(str, partner.labels_of(Kind.SERVICE)), strict=True))
        found = {code for code in labels if code in self.services or (self.services and code == Service.FULL_SERVICE)}
        missing = [] if Service.FULL_SERVICE in labels else [code for code in self.services if code not in labels]
        said = _("Not offered: %(services)s") % {"services": joined(Service(code).label for code in missing)}
        return Cell(
            [label for code, label in labels.items() if code not in found],
            [label for code, label in labels.items() if code in found],
            said if missing else "",
        )

    def _amounts(self, label, name):
        amounts = [(getattr(partner, name), partner.currency) for partner in self.partners]
        cells = [Cell([smallest_text(*amount)], help=self._converted(*amount)) for amount in amounts]
        return Row(label, cells, len({amount and (amount, currency) for amount, currency in amounts}) > 1)

    def _converted(self, amount, currency):
        """Return "about £850": the amount in the reader's currency; "" if it is in that currency already."""
        if not amount or self.currency in ("", currency):
            return ""
        converted = convert(amount, source=currency, target=self.currency, rates=self._rates)
        if converted is None:
            return _("no exchange rate to %(currency)s") % {"currency": self.currency}
        return _("about %(amount)s") % {"amount": money(converted.quantize(Decimal(1)), self.currency)}

    @cached_property
    def _rates(self):
        return latest_rates()
