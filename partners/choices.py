"""The fixed vocabularies: codes are stored, labels are shown. Markets and categories are tables that staff edit."""

from django.conf import settings
from django.db import models
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.formats import number_range, within_sentence

_range = lazy(number_range, str)


class PartnerType(models.TextChoices):
    TSP = "tsp", format_lazy(_("{platform} Partner (TSP)"), platform=settings.PLATFORM_NAME)
    CAP = "cap", _("Creator Agency Partner (CAP)")
    TAP = "tap", format_lazy(_("{brand} Affiliate Partner (TAP)"), brand=settings.PLATFORM_NAME.removesuffix(" Shop"))
    MCN = "mcn", _("Multi-Channel Network (MCN)")


class Service(models.TextChoices):
    STORE_OPERATIONS = "store_operations", _("Store operations")
    LIVESTREAM = "livestream", _("Livestream selling")
    CONTENT_PRODUCTION = "content_production", _("Content production")
    CREATOR_AFFILIATE = "creator_affiliate", _("Creators and affiliates")
    ADS = "ads", _("Advertising")
    TRAINING = "training", _("Training and mentoring")
    CUSTOMER_SERVICE = "customer_service", _("Customer service")
    LOGISTICS = "logistics", _("Logistics")
    COMPLIANCE = "compliance", _("Compliance")
    FULL_SERVICE = "full_service", _("Full service")


class Start(models.TextChoices):
    """When a seller wants to start."""

    NOW = "now", _("As soon as possible")
    MONTH = "month", _("Within 1 month")
    QUARTER = "quarter", _("Within 3 months")
    LOOKING = "looking", _("Just looking")


SERVICE_BITS = {code: 1 << place for place, code in enumerate(Service.values)}  # as ServiceOffer.services holds them
MOST_SERVICES = 3  # that a request names
MOST_OFFERED = 6  # that a partner names: each one, two or three of them are a row of the matching index


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    INDONESIAN = "id", _("Indonesian")
    GERMAN = "de", _("German")
    CHINESE = "zh-hans", _("Chinese (Simplified)")
    MALAY = "ms", _("Malay")
    THAI = "th", _("Thai")
    VIETNAMESE = "vi", _("Vietnamese")
    SPANISH = "es", _("Spanish")
    FRENCH = "fr", _("French")
    ITALIAN = "it", _("Italian")
    PORTUGUESE = "pt-br", _("Portuguese (Brazil)")
    JAPANESE = "ja", _("Japanese")
    FILIPINO = "fil", _("Filipino")


class CompanySize(models.TextChoices):
    UP_TO_10 = "1-10", _range(1, 10)
    UP_TO_50 = "11-50", _range(11, 50)
    UP_TO_200 = "51-200", _range(51, 200)
    UP_TO_500 = "201-500", _range(201, 500)
    UP_TO_1000 = "501-1000", _range(501, 1000)
    MORE = "1001+", _range(1001)


SIZE_BITS = {code: 1 << place for place, code in enumerate(CompanySize.values)}  # as Offer.sizes holds them


class Currency(models.TextChoices):
    """ISO 4217, those of data/markets.csv."""

    GBP = "GBP", _("GBP – British pound")
    EUR = "EUR", _("EUR – Euro")
    USD = "USD", _("USD – US dollar")
    IDR = "IDR", _("IDR – Indonesian rupiah")
    MYR = "MYR", _("MYR – Malaysian ringgit")
    PHP = "PHP", _("PHP – Philippine peso")
    SGD = "SGD", _("SGD – Singapore dollar")
    THB = "THB", _("THB – Thai baht")
    VND = "VND", _("VND – Vietnamese dong")
    MXN = "MXN", _("MXN – Mexican peso")
    BRL = "BRL", _("BRL – Brazilian real")
    JPY = "JPY", _("JPY – Japanese yen")


def label_in(vocabulary, code):
    """Return a stored code's label; the code itself where the vocabulary does not know it (any more)."""
    return vocabulary(code).label if code in vocabulary.values else code


def too_many_services(codes):
    """Return what to tell a partner that names more services than MOST_OFFERED, full service not counted; else ""."""
    if Service.FULL_SERVICE in codes or len(codes) <= MOST_OFFERED:
        return ""
    text = gettext("Name at most %(most)d services, those you do best. If you do all of it, tick Full service.")
    return text % {"most": MOST_OFFERED}


def service_names(codes):
    """Return what services are called within a sentence, in the vocabulary's order."""
    return [within_sentence(service.label) for service in Service if service in codes]


NO_DECIMALS = frozenset({Currency.IDR, Currency.JPY, Currency.VND})


def decimals_of(currency):
    """Return how many decimals amounts in this currency (ISO 4217) have: 0 or 2."""
    return 0 if currency in NO_DECIMALS else 2
