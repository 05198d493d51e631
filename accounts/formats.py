"""Numbers, money and times as a person reads them, in the active language and the reader's zone."""

import re
from copy import copy
from datetime import timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from accounts import clock

RELATIVE_FOR = timedelta(days=7)  # beyond this a date says more than "3 weeks ago"
CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")  # "IDR12,000" reads as one word


def locale():
    return to_locale(get_language() or "en")


def money(amount, currency):
    """`Decimal("1250")`, "GBP" -> "£1,250"; decimals only where the amount has any."""
    if amount is None or not currency:
        return ""
    amount = Decimal(amount)
    pattern = copy(Locale.parse(locale()).currency_formats["standard"])
    if amount == amount.to_integral_value():
        pattern.frac_prec = (0, 0)
    text = pattern.apply(amount, locale(), currency=currency, currency_digits=False)
    return CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text)


def number(value):
    return "" if value is None else format_decimal(value, locale=locale())


def initials(name):
    """One or two letters that stand for a name: "Northlight Commerce" -> "NC"."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def day(moment):
    """ "Tue 3 Dec", with the year when it is not this one."""
    local = timezone.localtime(moment)
    pattern = "EEE d MMM" if local.year == timezone.localtime(clock.now()).year else "EEE d MMM y"
    return format_date(local, pattern, locale=locale())


def day_and_time(moment):
    local = timezone.localtime(moment)
    return _("%(day)s, %(time)s") % {"day": day(moment), "time": format_time(local, "HH:mm", locale=locale())}


def full(moment):
    """The whole truth, for titles: "Tuesday 3 December 2026, 14:05 GMT"."""
    local = timezone.localtime(moment)
    return f"{format_date(local, 'EEEE d MMMM y', locale=locale())}, {local:%H:%M %Z}"


def ago(moment):
    """ "2 hours ago" or "in 3 days" within a week of now; beyond that, the day."""
    distance = moment - clock.now()
    if abs(distance) < timedelta(minutes=1):
        return _("just now")
    if abs(distance) > RELATIVE_FOR:
        return day(moment)
    return format_timedelta(distance, add_direction=True, threshold=1, locale=locale())
