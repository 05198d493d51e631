"""Fields for texts that people type or paste: without invisible characters, with line breaks only where they belong."""

import re
import unicodedata
from email.utils import quote

import idna
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.forms.renderers import DjangoTemplates
from django.utils.html import escape
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.formats import joined, sentences
from accounts.letters import edges_off
from accounts.widgets import CountedTextarea

# Characters that could hide or reorder text, or make two names look alike. A null byte stays in for Django to refuse.
# Marks of right-to-left writing (U+200E, U+200F, U+061C) and joiners of scripts and emoji stay, since texts need them.
_CONTROLS = re.compile(
    r"[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
_DOT_ATOM = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*")
MOST_LOCAL, MOST_ADDRESS = 64, 254
_LINE_BREAKS = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")


class RequiredMessagesMixin(forms.Form):
    """Gives each field without a message of its own one that says what to do when it is left empty."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        set_required_messages(self.fields.values())


def set_required_messages(fields):
    """Do the same for these fields: of a model's form, or added to a form later."""
    for field in fields:
        if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = _required_message(field)


def _required_message(field):
    if isinstance(field, forms.BooleanField):
        return _("Tick this box.")
    return _("Choose one.") if isinstance(field, forms.ChoiceField) else _("Fill this in.")


def name_unknown_choices(form):
    """Say at each field of the form what was stored there and is not offered any more, so that its owner chooses anew.

    Without this a browser would show the first choice, and saving anything else would store it unseen. Call it when
    the fields have their choices. Choices of rows are left out: they offer what is stored.
    """
    for name, field in form.fields.items():
        if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
            continue
        stored = form.get_initial_for_field(field, name)
        several = isinstance(stored, list | tuple)
        unknown = [value for value in (stored if several else [stored]) if value and not field.valid_value(str(value))]
        if not unknown:
            continue
        form.initial[name] = [value for value in stored if value not in unknown] if several else ""
        if isinstance(field.widget, forms.Select) and not several and not field.valid_value(""):
            field.choices = [("", _("Choose")), *field.choices]
        said = format_lazy(_("“{values}” is not offered any more. Choose again."), values=escape(joined(unknown)))
        field.help_text = sentences([said, field.help_text])


class NullFreeBoundField(forms.BoundField):
    """Leaves null bytes out of what a form shows again. Every field refuses them, and no page can hold one."""

    def value(self):
        value = super().value()
        return value.replace("\0", "") if isinstance(value, str) else value


class FormRenderer(DjangoTemplates):
    bound_field_class = NullFreeBoundField


class OneLineField(forms.CharField):
    """A text of one line. A line break is refused, since the text may be used in a title or a header."""

    default_error_messages = {"line_break": _("Enter one line, without line breaks.")}

    def to_python(self, value):
        text = _plain(super().to_python(value) or "")
        if _LINE_BREAKS.search(text):
            raise ValidationError(self.error_messages["line_break"], code="line_break")
        return text.replace("\t", " ")


class LinesField(forms.CharField):
    """A text of several lines; a line break counts as one character, however the browser sends it.

    No browser cuts off a text that is too long: its writer reads by how much, and shortens it.
    """

    widget = CountedTextarea

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def to_python(self, value):
        text = re.sub(r"\r\n?", "\n", super().to_python(value) or "")
        return _plain(text)


class PastedAddressField(forms.EmailField):
    """An email address, also with what is not seen around it."""

    def to_python(self, value):
        return edges_off(super().to_python(value))


class AddressField(PastedAddressField):
    """An email address that is what it looks like."""

    def to_python(self, value):
        address = super().to_python(value)
        return clean_address(address) if address else address


def clean_address(email):
    """Return the address in its one spelling; raise ValidationError if its letters are not what they look like.

    Before the @, Django's own check accepts letters that merely fold to a-z, like the Kelvin sign. After it, a domain
    is refused that mail servers would look up under another name, or not at all: those that IDNA 2008 does not read as
    they are written. What no mail server has to take is refused too: more than 64 octets before the @, more than 254
    in all (RFC 5321, 4.5.3.1).
    """
    local, _at, domain = email.rpartition("@")
    if local == '""' or not local.isascii() or _looked_up(domain) != domain.lower():
        raise ValidationError(EmailValidator.message, code="invalid")
    local = _unquoted(local)
    if len(local) > MOST_LOCAL:
        raise ValidationError(_("The part before the @ is longer than any mail server takes: at most 64 characters."))
    if len(address_in_dns(f"{local}@{domain}")) > MOST_ADDRESS:
        raise ValidationError(_("The address is longer than any mail server takes: at most 254 characters."))
    return f"{local}@{domain}"


def _unquoted(local):
    """Return a quoted local part without quotes where it needs none, else quoting only what has to be."""
    if not local.startswith('"'):
        return local
    meant = re.sub(r"\\(.)", r"\1", local[1:-1])
    return meant if _DOT_ATOM.fullmatch(meant) else f'"{quote(meant)}"'


def _looked_up(domain):
    """Return the domain as its name in the DNS reads; None if it cannot have one."""
    domain = domain.lower()
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        in_dns = idna.encode(domain).decode()
        return in_dns if domain.isascii() else idna.decode(in_dns)
    except idna.IDNAError:
        return None


def address_in_dns(email):
    """Return the address with its domain as the DNS has it, by IDNA 2008: what a mail server is given.

    Python and Django themselves know IDNA 2003, by which "straße.example" would be another domain. Takes any stored
    address; returns one as it is that IDNA cannot read.
    """
    name, at, domain = email.rpartition("@")
    try:
        return email if domain.isascii() else f"{name}{at}{idna.encode(domain.lower()).decode()}"
    except idna.IDNAError:
        return email


def _plain(text):
    """Return the text in composed form, so that equal looks compare equal, and without invisible characters."""
    return edges_off(_CONTROLS.sub("", unicodedata.normalize("NFC", text)))


def row_number(text):
    """Return a row's number as a browser sends it; None for what is none."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def with_value(data, name, value):
    """Return what a browser sent with another value of one field."""
    data = data.copy()
    data[name] = value
    return data
