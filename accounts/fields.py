"""Fields for texts that people type or paste: invisible controls go, line breaks only where lines belong."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy as _

# What could hide or reorder what is written, or give two names one look. A null byte stays in for Django to refuse; the
# marks of right-to-left writing (U+200E, U+200F, U+061C) and the joiners of scripts and emoji belong to honest text.
_CONTROLS = re.compile(
    r"[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
_LINE_BREAKS = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")


class PlainlyAsked(forms.Form):
    """Says of each field left empty what to do, where the field has no words of its own for that."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ask_plainly(self.fields.values())


def ask_plainly(fields):
    """The same for the fields of a model's form, and for those that a form makes later."""
    for field in fields:
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = _what_to_do(field)


def _what_to_do(field):
    if isinstance(field, forms.BooleanField):
        return _("Tick this box.")
    return _("Choose one.") if isinstance(field, forms.ChoiceField) else _("Fill this in.")


class NullFreeBoundField(forms.BoundField):
    """A null byte, which every field refuses, is left out of what a form shows again: no page can hold one."""

    def value(self):
        value = super().value()
        return value.replace("\0", "") if isinstance(value, str) else value


class FormRenderer(DjangoTemplates):
    bound_field_class = NullFreeBoundField


class OneLineField(forms.CharField):
    """A text of one line; a line break in it is refused, since the text may come to stand in a title or a header."""

    default_error_messages = {"line_break": _("Enter one line, without line breaks.")}

    def to_python(self, value):
        text = _plain(super().to_python(value) or "")
        if _LINE_BREAKS.search(text):
            raise ValidationError(self.error_messages["line_break"], code="line_break")
        return text.replace("\t", " ")


class LinesField(forms.CharField):
    """A text of several lines; a line break counts as one character, however the browser sends it."""

    widget = forms.Textarea

    def to_python(self, value):
        text = re.sub(r"\r\n?", "\n", super().to_python(value) or "")
        return _plain(text)


class AddressField(forms.EmailField):
    """An e-mail address that is what it looks like."""

    def to_python(self, value):
        return clean_address(super().to_python(value))


def clean_address(email):
    """The address; raises ValidationError where its letters are others than they seem.

    Before the @ Django's own check takes letters that only fold to a-z. Behind it everything counts that a mail server
    would be asked for under another name, or not at all.
    """
    name, _at, domain = email.rpartition("@")
    try:
        asked = domain.lower() if domain.isascii() else domain.encode("idna").decode("idna")
    except UnicodeError:
        asked = None
    if not name.isascii() or asked != domain.lower():
        raise ValidationError(EmailValidator.message, code="invalid")
    return email


def _plain(text):
    """Composed, so that what looks the same is the same and is found, and without what is not seen."""
    return _CONTROLS.sub("", unicodedata.normalize("NFC", text)).strip()
