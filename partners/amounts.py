"""Amounts of money and per cent: read from what people type, written for the reader (docs/design.md, Amounts)."""

import re
import unicodedata
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.localedata import exists
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol, list_currencies
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext, to_locale
from django.utils.translation import gettext_lazy as _

from accounts.fields import NullFreeBoundField
from accounts.formats import locale
from accounts.formats import money as format_money
from accounts.letters import unseen_off
from partners.choices import Currency, Language, decimals_of

__all__ = ["AmountField", "AmountsMixin", "PercentField", "echo_of", "format_money", "parse_amount", "parse_percent"]
MAX_DIGITS = 20 if settings.ON_POSTGRESQL else 15  # beyond these SQLite would round what it stores
LONGEST_TYPED = 60  # characters
_MARKS = str.maketrans("．，،＇’‘ʼ′´`٬", ".,,''''''''")
_MINUS = "-−– "  # and the space between it and what it belongs to
_TYPED = re.compile(r"([^0-9]*)([0-9](?:.*[0-9])?)([.,][-–—]{1,2})?([^0-9]*)")
_SHAPE = re.compile(r"[0-9]+(?:[.,٫ '][0-9]+)*")
_PERCENT = re.compile(r"%? ?([0-9]{1,9})(?:[.,٫]([0-9]{1,20}))? ?%?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([., '])[0-9]{3}(?:\1[0-9]{3})*")


def parse_amount(text, currency):
    """Return the amount that is typed, for the currency (ISO 4217) and the reader's language.

    Return a Decimal of at most MAX_DIGITS; raise ValidationError with a message that says what to do. The rule stands
    in docs/design.md, Amounts.
    """
    found = _TYPED.fullmatch(_plain(text)) if len(text) <= LONGEST_TYPED else None
    if not found:
        raise _not_an_amount(currency)
    before, typed, dash, after = found.groups()
    sign = before.strip(_MINUS)
    for named in (sign, after.strip()):
        _check_sign(named, currency)
    if sign != before.strip():
        raise ValidationError(_("Enter an amount of 0 or more."), code="negative")
    whole, fraction = _split(f"{typed}{dash[0]}00" if dash else typed, currency)
    if len(fraction) > decimals_of(currency) and fraction not in ("0", "00"):
        raise ValidationError(_decimals_message(currency), code="decimals")
    if len(whole.lstrip("0")) > MAX_DIGITS - 2:
        raise ValidationError(
            _("Enter an amount of at most %(digits)d digits."), code="too_long", params={"digits": MAX_DIGITS - 2}
        )
    return Decimal(f"{whole}.{fraction or 0}").quantize(Decimal(1).scaleb(-decimals_of(currency)))


def parse_percent(text):
    """Return the per cent that are typed, like "12.5" or "12,5 %": above 0, at most 100, with at most two decimals.

    Raise ValidationError with a message that says what to do.
    """
    found = _PERCENT.fullmatch(_plain(text)) if len(text) <= LONGEST_TYPED else None
    if not found:
        example = format_decimal(Decimal("12.5"), locale=locale())
        raise ValidationError(_("Enter one figure in digits, like %(example)s."), params={"example": example})
    whole, fraction = found.groups()
    if len((fraction or "").rstrip("0")) > 2:
        raise ValidationError(_("Enter at most two decimals."), code="decimals")
    part = Decimal(f"{whole}.{fraction or 0}").quantize(Decimal("0.01"))
    if not 0 < part <= 100:
        raise ValidationError(_("Enter a figure above 0 and not above 100."), code="range")
    return part


def echo_of(text, currency, *, monthly=True):
    """Return how the amount that is typed is read: "£48,000 a month", or "£48,000"; "" where it cannot be."""
    if not text or currency not in Currency:
        return ""
    try:
        amount = parse_amount(text, currency)
    except ValidationError:
        return ""
    money = format_money(amount, currency)
    return gettext("%(money)s a month") % {"money": money} if monthly else money


def _plain(text):
    """Return the text with plain digits, separators and spaces, whatever the script."""
    digits = (str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in unseen_off(text))
    return " ".join("".join(digits).translate(_MARKS).split())


def _split(typed, currency):
    """Return the digits before and after the decimal mark; raise ValidationError if that is in doubt."""
    if not _SHAPE.fullmatch(typed):
        raise _not_an_amount(currency)
    marks = [character for character in typed if not character.isdecimal()]
    if not marks:
        return typed, ""
    whole, last, digits = typed.rpartition(marks[-1])
    if _GROUPED.fullmatch(typed):
        in_doubt = len(marks) == 1 and last in ".," and decimals_of(currency)
        if in_doubt and last != get_group_symbol(locale()):
            decimal = f"{whole}{get_decimal_symbol(locale())}{digits}"
            raise ValidationError(
                _("This could be %(grouped)s or %(decimal)s. Enter it as %(grouped)s or as %(rounded)s."),
                code="ambiguous",
                params={"grouped": whole + digits, "decimal": decimal, "rounded": decimal[:-1]},
            )
        return _digits_of(typed), ""
    if last in ".,٫" and (len(marks) == 1 or (_GROUPED.fullmatch(whole) and last not in whole)):
        return _digits_of(whole), digits
    raise ValidationError(
        _("Group thousands in threes, like %(example)s, or leave the groups out."),
        code="groups",
        params={"example": _example(currency)},
    )


def _digits_of(text):
    return re.sub(r"[^0-9]", "", text)


def _decimals_message(currency):
    if decimals_of(currency) == 0:
        return _("Enter a whole amount: this currency has no decimals.")
    return _("Enter at most two decimals.")


def _not_an_amount(currency):
    return ValidationError(
        _("Enter one amount in digits, like %(plain)s or %(example)s."),
        code="invalid",
        params={"plain": "12000", "example": _example(currency)},
    )


def _example(currency):
    """Return an amount as people of the reader's language write it, with decimals if the currency has any."""
    return format_decimal(Decimal("1234.56") if decimals_of(currency) else 1_234_567, locale=locale())


# Signs and codes of currencies


def _check_sign(sign, currency):
    """Raise ValidationError if what stands beside the digits does not name the currency. "" names none."""
    bare = _bare(sign)
    if not sign or bare in _signs_of(currency) or _is_abbreviated(bare, currency):
        return
    if _names_currency(bare):
        raise ValidationError(
            _(
                "You wrote “%(sign)s”, but the currency is %(currency)s. Choose the currency of the amount, or leave "
                "“%(sign)s” out."
            ),
            code="currency",
            params={"sign": sign, "currency": currency},
        )
    raise _not_an_amount(currency)


def _bare(sign):
    """Return a sign as it is compared: "Rp." as "rp", "US $" as "us$", "￥" as "¥".

    A point behind anything else than such an abbreviation is not part of it: "£.5" may be meant as half a pound.
    """
    bare = "".join(unicodedata.normalize("NFKC", sign).casefold().split())
    short = bare.removesuffix(".")
    return short if short[-1:].isalpha() and short.upper() not in Currency else bare


def _is_abbreviated(bare, currency):
    """Return whether this is a sign of the currency behind the beginning of its code: "S$" of SGD."""
    return bare[-1:] in _signs_of(currency) and currency.casefold().startswith(bare[:-1])


def _names_currency(bare):
    """Return whether this names a currency at all, one of ours or not."""
    is_mark = len(bare) == 1 and unicodedata.category(bare) == "Sc"
    return is_mark or bare in _all_signs() or any(_is_abbreviated(bare, currency) for currency in Currency.values)


@cache
def _signs_of(currency):
    """Return the code and the signs of a currency, in the languages of agencies and as its own country writes it."""
    languages = [to_locale(code) for code in Language.values]
    country = currency[:2]  # a code begins with that of its country
    local = [f"{language}_{country}" for language in languages if exists(f"{language}_{country}")]
    signs = {Locale.parse(language).currency_symbols.get(currency, "") for language in languages + local}
    return {currency.casefold(), *map(_bare, signs)} - {""}


@cache
def _all_signs():
    """Return the codes of all currencies, and their signs in the languages of agencies."""
    symbols = (Locale.parse(to_locale(code)).currency_symbols.values() for code in Language.values)
    return {_bare(sign) for sign in list_currencies().union(*symbols)}


# The field


class AmountInput(forms.TextInput):
    """A field for an amount; its script has the server say while one types how it is read."""

    class Media:
        js = (forms.Script("js/amount-echo.js", defer=True),)

    def __init__(self, attrs=None):
        reads = {"inputmode": "decimal", "autocomplete": "off", "data-amount": reverse_lazy("partners:amount")}
        super().__init__(reads | (attrs or {}))


class BoundAmount(NullFreeBoundField):
    """The field of a form, with a line under it that says how its amount is read."""

    form: "AmountsMixin"
    field: "AmountField"

    @property
    def aria_describedby(self):
        described = super().aria_describedby
        return described if described is None else f"{described} {self.auto_id}_echo".strip()

    def as_widget(self, widget=None, attrs=None, only_initial=False):
        drawn = super().as_widget(widget, attrs, only_initial)
        names = (self.auto_id, self.id_for_label, self.field.echo_of(self.value(), self.form))
        return format_html('{}<output class="form-echo" id="{}_echo" for="{}">{}</output>', drawn, *names)


class AmountField(forms.CharField):
    """An amount in the currency of the same form; the form's AmountsMixin reads it."""

    bound_field_class = BoundAmount

    def __init__(self, *, above_zero=False, monthly=True, **kwargs):
        kwargs.setdefault("widget", AmountInput)
        super().__init__(max_length=LONGEST_TYPED, **kwargs)
        self.above_zero, self.monthly = above_zero, monthly
        if not monthly:
            self.widget.attrs["data-once"] = ""

    def echo_of(self, text, form):
        return echo_of(text, form.currency_of_amounts, monthly=self.monthly)

    def to_python(self, value):
        return unseen_off(super().to_python(value))

    def prepare_value(self, value):
        if isinstance(value, Decimal):
            return f"{value.to_integral_value() if value == value.to_integral_value() else value:f}"
        return value


class PercentField(forms.CharField):
    """A part of something in per cent; None where it is blank."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=LONGEST_TYPED, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        return parse_percent(text) if text else None

    def prepare_value(self, value):
        return format_decimal(value, locale=locale()) if isinstance(value, Decimal) else value


class AmountsMixin(forms.Form):
    """Reads every AmountField of a form in the form's currency; a blank amount becomes None."""

    currency_field = "currency"

    @property
    def currency_of_amounts(self):
        """Return the currency that stands in the form, or "" or None."""
        if not self.is_bound:
            return self[self.currency_field].value()
        self.errors  # noqa: B018  reads the form
        return self.cleaned_data.get(self.currency_field)

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
