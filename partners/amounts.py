"""Amounts of money: read from what people type, and written for the reader (docs/design.md, Amounts)."""

import re
from decimal import Decimal

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.formats import money as format_money
from accounts.letters import unseen_off
from partners.choices import decimals_of

__all__ = ["AmountField", "AmountsMixin", "format_money", "parse_amount"]
MAX_DIGITS = 20 if settings.ON_POSTGRESQL else 15  # beyond these SQLite would round what it stores
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，＇’", "0123456789.,''")
_SHAPE = re.compile(r"[0-9]+(?:[., '][0-9]+)*", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([., '])[0-9]{3}(?:\1[0-9]{3})*", re.ASCII)


def parse_amount(text, currency):
    """Return the amount that is typed, in any common notation, for the currency (ISO 4217).

    Return a Decimal of at most MAX_DIGITS; raise ValidationError with a message that says what to do. A single point or
    comma before exactly three digits could group or mark decimals: it is refused with both readings, except where the
    currency has no decimals (docs/design.md, Amounts). Spaces and apostrophes only group.
    """
    typed = " ".join(unseen_off(text).translate(_FULL_WIDTH).split())
    if typed.startswith(("-", "−", "–")):
        raise ValidationError(_("Enter an amount of 0 or more."), code="negative")
    if not _SHAPE.fullmatch(typed):
        raise ValidationError(_("Enter an amount in digits, like 12000 or 1,234.56."), code="invalid")
    whole, fraction = _split(typed, currency)
    if len(fraction) > decimals_of(currency):
        raise ValidationError(_decimals_message(currency), code="decimals")
    if len(whole.lstrip("0")) > MAX_DIGITS - 2:
        raise ValidationError(
            _("Enter an amount of at most %(digits)d digits."), code="too_long", params={"digits": MAX_DIGITS - 2}
        )
    return Decimal(f"{whole}.{fraction or 0}").quantize(Decimal(1).scaleb(-decimals_of(currency)))


def _split(typed, currency):
    """Return the digits before and after the decimal mark; raise ValidationError if that is ambiguous."""
    marks = [character for character in typed if character in "., '"]
    if not marks:
        return typed, ""
    whole, last, digits = typed.rpartition(marks[-1])
    if _GROUPED.fullmatch(typed):
        if len(marks) == 1 and last in ".," and decimals_of(currency):
            raise ValidationError(
                _("This could be %(grouped)s or %(decimal)s. Enter it as %(grouped)s or as %(rounded)s."),
                code="ambiguous",
                params={"grouped": whole + digits, "decimal": f"{whole}.{digits}", "rounded": f"{whole}.{digits[:2]}"},
            )
        return _digits_of(typed), ""
    if last in ".," and (len(marks) == 1 or (_GROUPED.fullmatch(whole) and last not in whole)):
        return _digits_of(whole), digits
    raise ValidationError(_("Group thousands in threes, like 1,234.56, or leave the groups out."), code="groups")


def _digits_of(text):
    return re.sub(r"[., ']", "", text)


def _decimals_message(currency):
    if decimals_of(currency) == 0:
        return _("Enter a whole amount: this currency has no decimals.")
    return _("Enter at most two decimals.")


class AmountField(forms.CharField):
    """An amount in the currency of the same form; the form's AmountsMixin reads it."""

    def __init__(self, *, above_zero=False, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=60, **kwargs)
        self.above_zero = above_zero

    def to_python(self, value):
        return unseen_off(super().to_python(value))

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            return f"{value.to_integral_value() if value == value.to_integral_value() else value:f}"
        return value


class AmountsMixin(forms.Form):
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
