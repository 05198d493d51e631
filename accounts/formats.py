"""Numbers, money and times as a person reads them, in the active language and the reader's zone."""

import re
from copy import copy
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from django.utils import timezone
from django.utils.translation import get_language, pgettext, to_locale
from django.utils.translation import gettext as _

from accounts import clock
from accounts.letters import order_key

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800  # seconds
UNITS = ((WEEK, 2 * WEEK), (DAY, WEEK), (HOUR, DAY), (MINUTE, HOUR))  # of `ago`, each with the next larger
RELATIVE_FOR = timedelta(days=7)  # beyond this a date says more than "3 weeks ago"
# Patterns that replace CLDR's own: British order, and in German whole months where a day may end a sentence, since the
# short ones end with a full stop. The names are CLDR's skeletons.
PATTERNS = {
    "en": {"MMMd": "d MMM", "MMMEd": "EEE d MMM", "yMMMEd": "EEE d MMM y", "full": "EEEE d MMMM y", "time": "HH:mm"},
    "de": {"MMMd": "d. MMM", "MMMEd": "EEE, d. MMMM", "yMMMEd": "EEE, d. MMMM y"},
    "id": {"full": "EEEE, d MMMM y"},
}
# Of what lists show, the parts that many readers share are remembered: amounts, days and times of day, each in a
# language. Moments and zones are not, as hardly two rows have the same.
remembered = lru_cache(maxsize=4096)
CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")  # "IDR12,000" reads as one word


def locale():
    return to_locale(get_language() or "en")


def money(amount, currency):
    """Return an amount as text: `Decimal("1250")`, "GBP" -> "£1,250"; decimals only if the amount has any."""
    if amount is None or not currency:
        return ""
    return _money(Decimal(amount), str(currency), locale())


@remembered
def _money(amount, currency, language):
    pattern = copy(Locale.parse(language).currency_formats["standard"])
    if amount == amount.to_integral_value():
        pattern.frac_prec = (0, 0)
    text = pattern.apply(amount, language, currency=currency, currency_digits=False)
    return CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text)


def number(value):
    return "" if value is None else format_decimal(value, locale=locale())


def number_range(low, high=None):
    """Return how many, from `low` on: "501-1,000", or "1,001+" without an end. In English as the form is promised."""
    if high is None:
        return pgettext("that many or more", "%(low)s+") % {"low": number(low)}
    return pgettext("from one number to another", "%(low)s-%(high)s") % {"low": number(low), "high": number(high)}


def percent(share, *, exact=False):
    """Return a share as text in the language: 0.925 -> "92%", or with all its decimals "92.5%"."""
    return format_percent(share, locale=locale(), decimal_quantization=not exact)


def joined(names, *, most=None):
    """Return "Shoes, Furniture, Health": a list that is not part of a sentence.

    With `most` 2, return "Shoes, Furniture + 4"; one further name is written out, since "+ 1" saves no room.
    """
    names = list(map(str, names))
    more = len(names) - most if most is not None and len(names) > most + 1 else 0
    text = pgettext("between the parts of a list", ", ").join(names[: len(names) - more])
    return f"{text} + {more}" if more else text


def together(*parts):
    """Return "Beauty, SPR-…": different facts of one thing. What is alike is `joined`; Chinese tells them apart."""
    return pgettext("between facts of one thing", ", ").join(map(str, parts))


def aside(text, note):
    """Return "Products (manage)": a word with what is added to it."""
    return pgettext("a word and what is added to it", "%(text)s (%(note)s)") % {"text": text, "note": note}


def label(name):
    """Return "Budget:", before what is said of it."""
    return pgettext("before what is said of it", "%(name)s:") % {"name": name}


def said_of(name, text):
    """Return "Budget: 2,000 → 3,000"."""
    return pgettext("a name and what is said of it", "%(name)s: %(text)s") % {"name": name, "text": text}


def sentence_of(name, text):
    """Return a name and what is said of it as a sentence: "Kiko Live: Does not serve your market"."""
    return pgettext("a name and a sentence on it", "%(name)s: %(text)s.") % {"name": name, "text": text}


def sentences(texts):
    """Return whole sentences one after the other; Chinese has no space between them."""
    return ("" if locale().startswith("zh") else " ").join(text for text in map(str, texts) if text)


def listed(names):
    """Return "Shoes, Furniture, and Health": a list within a sentence."""
    return format_list([str(name) for name in names], locale=locale()) if names else ""


def any_of(names):
    """Return "Shoes, Furniture, or Health": a list within a sentence."""
    return format_list([str(name) for name in names], style="or", locale=locale()) if names else ""


def within_sentence(name):
    """Return a label as written within a sentence, "Livestream selling" -> "livestream selling"; not in German."""
    return str(name) if locale().startswith("de") else str(name)[:1].lower() + str(name)[1:]


def sort_key(text):
    """Return a key that sorts names as a reader expects: as lists from the database, but Chinese by sound (GB 2312)."""
    return order_key(text).encode("gb18030" if locale().startswith("zh") else "utf-8"), text


def initials(name):
    """Return one or two letters for a name: "Northlight Commerce" -> "NC"."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def _format_date(local, skeleton):
    return _date_text(local.date() if isinstance(local, datetime) else local, skeleton, locale())


@remembered
def _date_text(date, skeleton, language):
    pattern = PATTERNS.get(language, {}).get(skeleton)
    if pattern or skeleton == "full":
        return format_date(date, pattern or skeleton, locale=language)
    return format_skeleton(skeleton, date, locale=language)


def _clock_time(local):
    return _time_text(time(local.hour, local.minute), locale())


@remembered
def _time_text(time_of_day, language):
    return format_time(time_of_day, PATTERNS.get(language, {}).get("time", "short"), locale=language)


def short_date(date):
    """Return "3 Dec", for scales of charts."""
    return _format_date(date, "MMMd")


def day(moment):
    """Return "Tue 3 Dec", with the year if it is not this one."""
    local = timezone.localtime(moment)
    return _format_date(local, "MMMEd" if local.year == timezone.localtime(clock.now()).year else "yMMMEd")


def day_and_time(moment):
    local = timezone.localtime(moment)
    return _("%(day)s, %(time)s") % {"day": day(moment), "time": _clock_time(local)}


def time_of_day(moment):
    """Return "14:05"."""
    return _clock_time(timezone.localtime(moment))


def calendar_day(date):
    """Return a date, which no zone moves, as `day` has it."""
    return _format_date(date, "MMMEd" if date.year == timezone.localdate(clock.now()).year else "yMMMEd")


def full(moment):
    """Return the time in full with its zone, for titles: "Tuesday 3 December 2026, 14:05 GMT"."""
    local = timezone.localtime(moment)
    text = _("%(day)s, %(time)s") % {"day": _format_date(local, "full"), "time": _clock_time(local)}
    return f"{text} {local:%Z}"


def ago(moment):
    """Return "2 hours ago" or "in 3 days" within a week of now; beyond that, the day."""
    distance = moment - clock.now()
    if abs(distance) < timedelta(minutes=1):
        return _("just now")
    if abs(distance) > RELATIVE_FOR:
        return day(moment)
    return _distance_text(_rounded(distance), locale())


def _rounded(distance):
    """Return a distance that reads the same as this one and as all others of its minute, hour or day."""
    seconds = distance.days * DAY + distance.seconds
    unit, next_unit = next(((unit, above) for unit, above in UNITS if abs(seconds) >= unit), UNITS[-1])
    rounded = min(round(abs(seconds) / unit) * unit, next_unit - 1)  # "24 hours ago", not "1 day ago"
    return timedelta(seconds=rounded if seconds > 0 else -rounded)


@remembered
def _distance_text(distance, language):
    return format_timedelta(distance, add_direction=True, threshold=1, locale=language)
