"""Amounts of money: read from what people type, and written for the reader (design, section 3)."""

import re
import unicodedata
from decimal import Decimal

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from partners.choices import decimals_of

MAX_DIGITS = 20
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]")
_SHAPE = re.compile(r"[0-9]+(?:[.,][0-9]+)*", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+", re.ASCII)


def format_money(amount, currency, *, locale=None):
    """An amount in its currency for the reader's locale, without decimals where it has none ("£2,000")."""
    amount = Decimal(amount)
    digits = 0 if amount == amount.to_integral_value() else decimals_of(currency)
    return format_currency(
        amount.quantize(Decimal(1).scaleb(-digits)),
        currency,
        locale=locale or _reader_locale(),
        currency_digits=False,
        decimal_quantization=False,
    )


def _reader_locale():
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except UnknownLocaleError:
        return Locale.parse("en")


def parse_amount(text, currency):
    """Read an amount typed in any common notation.

    Takes the text and the ISO 4217 code, gives a Decimal of at most 20 digits, raises ValidationError that says what to
    do. A single separator before exactly three digits could group or mark decimals: it is refused with both readings,
    except where the currency has no decimals (design, section 3).
    """
    typed = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    if typed.startswith(("-", "−")):
        raise ValidationError(_("Enter an amount of 0 or more."), code="negative")
    if not _SHAPE.fullmatch(typed):
        raise ValidationError(_("Enter an amount in digits, like 12000 or 1,234.56."), code="invalid")
    whole, fraction = _split(typed, currency)
    if len(fraction) > decimals_of(currency):
        raise ValidationError(_too_precise(currency), code="decimals")
    if len(whole.lstrip("0")) > MAX_DIGITS - 2:
        raise ValidationError(
            _("Enter an amount of at most %(digits)d digits."), code="too_long", params={"digits": MAX_DIGITS - 2}
        )
    return Decimal(f"{whole}.{fraction or 0}").quantize(Decimal(1).scaleb(-decimals_of(currency)))


def _split(typed, currency):
    """The digits before and after the decimal mark; raises ValidationError where they cannot be told apart."""
    separators = [character for character in typed if character in ".,"]
    if not separators:
        return typed, ""
    last = separators[-1]
    grouped = _GROUPED.fullmatch(typed) and len(set(separators)) == 1
    if len(separators) == 1 and grouped and decimals_of(currency):
        whole, digits = typed.split(last)
        raise ValidationError(
            _("This could be %(grouped)s or %(decimal)s. Enter it as %(grouped)s or as %(rounded)s."),
            code="ambiguous",
            params={"grouped": whole + digits, "decimal": f"{whole}.{digits}", "rounded": f"{whole}.{digits[:2]}"},
        )
    if grouped:
        return typed.replace(last, ""), ""
    whole, _mark, fraction = typed.rpartition(last)
    if separators.count(last) > 1 or (("." in whole or "," in whole) and not _GROUPED.fullmatch(whole)):
        raise ValidationError(_("Group thousands in threes, like 1,234.56, or leave the groups out."), code="groups")
    return re.sub(r"[.,]", "", whole), fraction


def _too_precise(currency):
    if decimals_of(currency) == 0:
        return _("Enter a whole amount: this currency has no decimals.")
    return _("Enter at most two decimals.")


class AmountField(forms.CharField):
    """An amount in the currency that stands in the same form; the form's AmountsMixin reads it."""

    def __init__(self, *, above_zero=False, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=60, **kwargs)
        self.above_zero = above_zero

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            return str(value.to_integral_value() if value == value.to_integral_value() else value)
        return value


class AmountsMixin:
    """Reads every AmountField of a form in the form's currency; a blank amount becomes None."""

    currency_field = "currency"

    def clean(self):
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        currency = cleaned.get(self.currency_field)
        for name, field in self.fields.items():
            if isinstance(field, AmountField) and name in cleaned:
                cleaned[name] = self._read_amount(name, field, cleaned[name], currency)
        return cleaned

    def _read_amount(self, name, field, text, currency):
        if not text or not currency:
            return None
        try:
            amount = parse_amount(text, currency)
            if field.above_zero and amount == 0:
                raise ValidationError(_("Enter an amount above 0."), code="zero")
        except ValidationError as error:
            self.add_error(name, error)
            return None
        return amount
