"""What markets and product categories are called in the reader's language. Their tables hold the English names."""

from babel import Locale
from django.apps import apps
from django.forms.models import ModelChoiceField, ModelChoiceIterator
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from accounts import formats
from accounts.search import begins_a_word_of
from partners.choices import Service

CATEGORIES = frozenset(  # those of data/categories.csv; one that staff add is shown as they write it
    [
        _("Automotive & Motorcycle"),
        _("Baby & Maternity"),
        _("Beauty & Personal Care"),
        _("Bookings & Vouchers"),
        _("Books, Magazines & Audio"),
        _("Collectibles"),
        _("Computers & Office Equipment"),
        _("Fashion Accessories"),
        _("Food & Beverages"),
        _("Furniture"),
        _("Health"),
        _("Home Improvement"),
        _("Home Supplies"),
        _("Household Appliances"),
        _("Jewelry Accessories & Derivatives"),
        _("Kids' Fashion"),
        _("Kitchenware"),
        _("Luggage & Bags"),
        _("Menswear & Underwear"),
        _("Modest Fashion"),
        _("Pet Supplies"),
        _("Phones & Electronics"),
        _("Pre-Owned"),
        _("Shoes"),
        _("Sports & Outdoor"),
        _("Textiles & Soft Furnishings"),
        _("Tools & Hardware"),
        _("Toys & Hobbies"),
        _("Virtual Products"),
        _("Womenswear & Underwear"),
    ]
)


def category_name(name):
    return gettext(name) if name in CATEGORIES else name


def market_name(code, name):
    """Return a market's name: in English as staff wrote it, in other languages CLDR's name of the country."""
    locale = Locale.parse(formats.locale())
    return name if locale.language == "en" else locale.territories.get(code, name)


def names_of(rows):
    """Return the names of rows, such as markets, in the order of the names that the reader sees."""
    return sorted(map(str, rows), key=formats.sort_key)


def by_name(choices):
    """Return pairs of key and shown name, sorted by name."""
    return sorted(choices, key=lambda choice: formats.sort_key(choice[1]))


def categories_begin(terms):
    """Return for each term the keys of categories where it begins a word, in English or as the reader sees it."""
    rows = apps.get_model("partners", "Category").objects.order_by().values_list("pk", "name")
    names = [(key, {name, category_name(name)}) for key, name in rows] if terms else []
    return [[key for key, both in names if any(begins_a_word_of(name, term) for name in both)] for term in terms]


def markets_begin(terms):
    """Return for each term the codes of markets where it begins a word of the name."""
    rows = apps.get_model("partners", "Market").objects.order_by().values_list("pk", "name")
    names = [(code, {name, market_name(code, name)}) for code, name in rows] if terms else []
    return [[code for code, both in names if any(begins_a_word_of(name, term) for name in both)] for term in terms]


def services_begin(terms):
    """Return for each term the codes of services where it begins a word, in English or as the reader sees it."""
    names = [(code, {str(label)}) for code, label in Service.choices]
    with override("en"):
        for (_code, both), label in zip(names, Service.labels, strict=True):
            both.add(str(label))
    return [[code for code, both in names if any(begins_a_word_of(name, term) for name in both)] for term in terms]


class _SortedByShownName(ModelChoiceIterator):
    def __iter__(self):
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        yield from map(self.choice, sorted(self.queryset, key=lambda row: formats.sort_key(str(row))))


class NameChoiceField(ModelChoiceField):
    """A choice of markets or categories, sorted by the names that the reader sees."""

    iterator = _SortedByShownName
