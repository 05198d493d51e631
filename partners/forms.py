"""Forms to apply as a partner, and to change the profile and availability afterwards."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.acting import PARTNER, ActingMixin
from accounts.fields import LinesField, OneLineField, RequiredMessagesMixin, name_unknown_choices
from accounts.forms import PersonSignupForm
from accounts.letters import edges_off
from partners import services
from partners.amounts import AmountField, AmountsMixin
from partners.choices import CompanySize, Currency, Language, PartnerType, Service, too_many_services
from partners.models import Category, Market
from partners.names import by_name

LONGEST_ABOUT = 2000
MOST_REQUESTS = 1000
LONGEST_PAUSE = timedelta(days=365)


def form_part(title, lead, *fields, id):
    """Return a titled part of a form, with a line under its title."""
    lead = HTML(format_html('<p class="form-part-lead">{}</p>', lead))
    return Fieldset(title, lead, *fields, css_class="form-part", css_id=id)


def choices_of(name):
    """Return the layout of a ChecksField: what is chosen in one line, which opens to the boxes and their search."""
    return Field(name, template="directory/multi_select.html")


class ChecksField(forms.MultipleChoiceField):
    """Boxes to tick, at least one."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    default_error_messages = {
        "required": _("Tick at least one."),
        "invalid_choice": _("One of these is not offered any more. Tick others."),
    }


class WebsiteField(forms.URLField):
    default_validators = [
        URLValidator(schemes=["http", "https"], message=_("Enter the address of a website, like https://example.com."))
    ]

    def to_python(self, value):
        return super().to_python(edges_off(value or ""))


class DayField(forms.DateField):
    """A day as browsers send it, or as people type it where no calendar opens: 31.01.2027 has one meaning alone."""

    input_formats = ("%Y-%m-%d", "%d.%m.%Y")
    default_error_messages = {"invalid": _("Enter a day, like 2027-01-31.")}


class CapacityField(forms.IntegerField):
    def __init__(self, **kwargs):
        super().__init__(
            label=_("Requests you handle at a time"),
            min_value=1,
            max_value=MOST_REQUESTS,
            help_text=_("Being reviewed or accepted. At this number you are shown as fully booked."),
            **kwargs,
        )


class PartnerProfileForm(AmountsMixin, ActingMixin, RequiredMessagesMixin):
    """A partner's profile: to apply, or with `partner` to change it. `profile` is what the services take.

    How many requests a partner handles stands on its availability page alone (AvailabilityForm).
    """

    partner_name = OneLineField(
        label=_("Company name"),
        max_length=120,
        help_text=_("As sellers know you."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    tagline = OneLineField(
        label=_("Tagline"), max_length=140, help_text=_("One line on what you do best. It stands under your name.")
    )
    about = LinesField(
        label=_("About you"),
        required=False,
        max_length=LONGEST_ABOUT,
        help_text=_("Who you are, whom you have helped, how you work. Plain text, up to 2,000 characters."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    website = WebsiteField(
        label=_("Website"),
        required=False,
        max_length=200,
        widget=forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://"}),
    )
    city = OneLineField(label=_("City"), required=False, max_length=80, help_text=_("Where sellers could meet you."))
    types = ChecksField(label=_("Partner types"), choices=PartnerType)
    services = ChecksField(
        label=_("Services"),
        choices=Service,
        help_text=_("Those you do best, at most six; or Full service, if you do all of it."),
    )
    categories = ChecksField(
        label=_("Product categories"),
        help_text=_("Tick those you know well. The fewer there are, the stronger a fit you are for sellers in them."),
    )
    markets = ChecksField(label=_("Markets"), help_text=_("Only sellers of these markets can ask you."))
    languages = ChecksField(label=_("Languages"), choices=Language)
    company_sizes = ChecksField(
        label=_("Company sizes"),
        choices=CompanySize,
        help_text=_("How many people the sellers that you work with employ."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[("", _("Choose")), *Currency.choices],
        help_text=_("Of both amounts."),
        error_messages={"invalid_choice": _("Choose one of the list.")},
    )
    smallest_budget = AmountField(
        label=_("Minimum monthly budget"),
        required=False,
        help_text=_("What a seller should at least plan for you. Leave it blank if you take any."),
    )
    smallest_gmv = AmountField(
        label=_("Minimum monthly GMV"),
        required=False,
        help_text=_("What a seller should at least sell. Leave it blank if it does not matter."),
    )

    def __init__(self, *args, partner=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.draft_of = f"profile:{partner.pk}" if partner else "application"
        if partner:
            self.initial.update(_initial_of(partner))
            self.act_for(PARTNER, partner)
        else:
            del self.fields["acting_for"]
        self._set_choices("markets", Market)
        self._set_choices("categories", Category)
        name_unknown_choices(self)

    def _set_choices(self, name, model):
        """Offer the active rows, and those that the partner has although they are active no longer."""
        field: Any = self.fields[name]
        offered = model.objects.filter(Q(active=True) | Q(pk__in=self.initial.get(name, [])))
        field.choices = by_name((str(row.pk), str(row)) for row in offered)

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(*self.parts(), *self.fields.keys() & {"acting_for"})
        return helper

    @property
    def steps(self):
        """Return the parts for the list beside the form; those with an error are marked."""
        return [
            {
                "id": part.css_id,
                "title": part.legend,
                "state": "error" if any(field.name in self.errors for field in part.get_field_names()) else "",
            }
            for part in self.parts()
        ]

    def parts(self):
        return [self._company(), self._work(), self._sellers(), self._terms()]

    def _company(self):
        return form_part(
            _("Your company"),
            _("What sellers read first."),
            "partner_name",
            "tagline",
            "about",
            Div("website", "city", css_class="form-grid"),
            id="part-company",
        )

    def _work(self):
        return form_part(
            _("What you do"),
            _("Sellers search and are matched by these."),
            *map(choices_of, ("types", "services", "categories")),
            id="part-services",
        )

    def _sellers(self):
        return form_part(
            _("Whom you work with"),
            _(
                "Requests are referred to you only if their market, category and company size are among yours; "
                "sellers of your markets can also choose you."
            ),
            *map(choices_of, ("markets", "languages", "company_sizes")),
            id="part-sellers",
        )

    def _terms(self):
        return form_part(
            _("Your terms"),
            _("Sellers with a smaller budget are not referred to you."),
            "currency",
            Div("smallest_budget", "smallest_gmv", css_class="form-grid"),
            id="part-terms",
        )

    def clean_services(self):
        codes = self.cleaned_data["services"]
        if text := too_many_services(codes):
            raise ValidationError(text, code="too_many")
        return codes

    @property
    def profile(self):
        data = self.cleaned_data
        return {name: data[name] for name in services.TRAITS} | {
            "name": data["partner_name"],
            "tagline": data["tagline"],
            "about": data["about"],
            "website": data["website"],
            "city": data["city"],
            "markets": data["markets"],
            "categories": [int(key) for key in data["categories"]],
            "currency": data["currency"],
            "smallest_budget": data["smallest_budget"] or Decimal(0),
            "smallest_gmv": data["smallest_gmv"] or Decimal(0),
        }


def _initial_of(partner):
    names = ("tagline", "about", "website", "city", "currency")
    return {name: getattr(partner, name) for name in names} | {
        "partner_name": partner.name,
        "smallest_budget": partner.smallest_budget or None,
        "smallest_gmv": partner.smallest_gmv or None,
        "markets": [market.pk for market in partner.markets.all()],
        "categories": [str(category.pk) for category in partner.categories.all()],
        **{name: partner.codes_of(kind, known=False) for name, kind in services.TRAITS.items()},
    }


class PartnerSignupForm(PartnerProfileForm, PersonSignupForm):
    """A person and the partner that they apply for, created in one transaction."""

    def parts(self):
        person = form_part(
            _("You"),
            _("You sign in with this email address and become the partner's first owner."),
            "time_zone",
            Div("name", "email", "password1", "password2", css_class="form-grid"),
            id="part-you",
        )
        return [person, *super().parts()]

    def signup(self, request, user):
        services.apply_as_partner(by=user, profile=self.profile)


class AvailabilityForm(ActingMixin, RequiredMessagesMixin):
    """How many requests a partner handles, and until when it takes no new ones; days begin in the reader's zone."""

    capacity = CapacityField()
    paused_until = DayField(
        label=_("Take no new requests until"), required=False, input_formats=["%Y-%m-%d", "%d.%m.%Y"]
    )

    def __init__(self, *args, partner, **kwargs):
        super().__init__(*args, **kwargs)
        self.partner = partner
        self.act_for(PARTNER, partner)
        today = timezone.localdate(clock.now())
        self.initial["capacity"] = partner.capacity
        self.initial["paused_until"] = timezone.localdate(partner.paused_until) if partner.is_paused else None
        self.fields["paused_until"].widget = forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": today + timedelta(days=1), "max": today + LONGEST_PAUSE},
        )
        self.fields["paused_until"].help_text = format_lazy(
            _("From the start of this day ({zone}) you are offered again. Leave it blank to be available now."),
            zone=timezone.get_current_timezone_name(),
        )

    def clean_paused_until(self):
        """Return the time at which the pause ends, or None."""
        day = self.cleaned_data["paused_until"]
        if day is None or "paused_until" not in self.changed_data:
            return self.partner.paused_until if day else None
        today = timezone.localdate(clock.now())
        if day <= today:
            raise ValidationError(_("Enter a day in the future, or leave it blank to be available now."), code="past")
        if day > today + LONGEST_PAUSE:
            raise ValidationError(_("Enter a day within the next year."), code="far")
        return timezone.make_aware(datetime.combine(day, time.min))

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout("acting_for", Div("capacity", "paused_until", css_class="form-grid"))
        return helper
