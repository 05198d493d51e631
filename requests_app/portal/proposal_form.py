"""The form of a proposal: what a partner offers the seller, in figures (docs/design.md, Proposals)."""

from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.fields import LinesField, RequiredMessagesMixin, name_unknown_choices, with_value
from accounts.formats import joined, label
from accounts.widgets import CountedTextarea
from partners.amounts import AmountField, AmountsMixin, PercentField
from partners.choices import Currency, Service, label_in
from partners.forms import DayField
from partners.models import PartnerTrait
from requests_app.exceptions import NewerProposal
from requests_app.proposals.models import LONGEST_INCLUDED, LONGEST_TERM, Price
from requests_app.schedule import PROPOSAL_TIME

LONGEST_VALID = timedelta(days=180)
LATEST_START = timedelta(days=730)
WHOLE_MONTHS = format_lazy(_("Enter a whole number of months, from 0 to {most}."), most=LONGEST_TERM)
END_OF_DAY = time(23, 59, 59)


class ProposalForm(AmountsMixin, RequiredMessagesMixin):
    """What `send_proposal` takes as `seen` and `terms`. `proposal` is the one that stands, a ShownProposal or None."""

    services = forms.MultipleChoiceField(
        label=_("Services"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those that the price is for."),
        error_messages={"required": _("Choose at least one service.")},
    )
    price = forms.ChoiceField(
        label=_("Price"),
        choices=Price.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you ask for.")},
    )
    amount = AmountField(label=_("Amount"), required=False, above_zero=True, monthly=False)
    percent = PercentField(
        label=_("Per cent of sales"), required=False, help_text=_("For a commission. Above 0, at most 100.")
    )
    included = LinesField(
        label=_("What is included"),
        required=False,
        max_length=LONGEST_INCLUDED,
        widget=CountedTextarea(attrs={"rows": 4, "dir": "auto", "data-counter": LONGEST_INCLUDED}),
        help_text=_("What the seller gets for it, in your words. At most 500 characters."),
    )
    starts_on = DayField(label=_("Earliest start"))
    months = forms.IntegerField(
        label=_("Shortest term in months"),
        min_value=0,
        max_value=LONGEST_TERM,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("0 if there is none."),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), WHOLE_MONTHS),
    )
    valid_until = DayField(label=_("Valid until"))
    currency = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)  # what the amount was typed in
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)  # the version it began with

    def __init__(self, data, *, share, proposal):
        self.in_currency, self.proposal, self.was_in = share.request.currency, proposal, ""
        stands = _as_typed(proposal.terms) if proposal else {"price": Price.MONTHLY}
        hidden = {"currency": self.in_currency, "seen": proposal.terms.number if proposal else 0}
        super().__init__(data, initial={"valid_until": _today() + PROPOSAL_TIME, **stands, **hidden})
        asked = share.request.services
        self.fields["services"].choices = _choices(share.partner, {*asked, *stands.get("services", ())})
        self.initial.setdefault("services", [code for code in asked if code in Service.values])
        self.fields["amount"].help_text = format_lazy(
            _("In {currency}. For a monthly fee or a one-time price."), currency=label_in(Currency, self.in_currency)
        )
        self.fields["starts_on"].widget = _calendar(_today(), _today() + LATEST_START)
        self.fields["valid_until"].widget = _calendar(_today(), _today() + LONGEST_VALID)
        self.fields["valid_until"].help_text = format_lazy(
            _("To the end of this day ({zone}). The seller can choose it until then."),
            zone=timezone.get_current_timezone_name(),
        )
        name_unknown_choices(self)

    @property
    def currency_of_amounts(self):
        return self.in_currency

    def clean_currency(self):
        """Return the request's currency; where it is another than the amount was typed in, that is typed anew."""
        typed = self.cleaned_data["currency"]
        self.was_in = "" if typed in ("", self.in_currency) else typed
        return self.in_currency

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day < _today():
            raise ValidationError(_("Enter today or a later day."), code="past")
        if day > _today() + LATEST_START:
            raise ValidationError(_("Enter a day within the next two years."), code="far")
        return day

    def clean_valid_until(self):
        """Return the moment at which the day ends where the reader is, or that which stands where it is of that day."""
        day = self.cleaned_data["valid_until"]
        if day < _today():
            raise ValidationError(_("The proposal would have ended already. Enter today or a later day."), code="past")
        if day > _today() + LONGEST_VALID:
            raise ValidationError(_("Enter a day within the next 180 days."), code="far")
        stands = self.proposal.terms.valid_until if self.proposal else None
        if stands and stands > clock.now() and timezone.localdate(stands) == day:
            return stands
        return timezone.make_aware(datetime.combine(day, END_OF_DAY))

    def clean(self):
        cleaned = super().clean()
        price = cleaned.get("price")
        asked, other = ("percent", "amount") if price == Price.COMMISSION else ("amount", "percent")
        cleaned[other] = None
        self.errors.pop(other, None)
        if price and cleaned.get(asked) is None and asked not in self.errors:
            missing = {"amount": _("Enter the amount."), "percent": _("Enter the per cent of sales.")}
            self.add_error(asked, missing[asked])
        elif price and asked == "amount" and self.was_in:
            self.add_error(asked, _changed_currency(self.was_in, self.in_currency))
        return cleaned

    @property
    def seen_version(self):
        return self.cleaned_data["seen"] or 0

    @property
    def terms(self):
        """Return what `send_proposal` takes."""
        return {name: self.cleaned_data[name] for name in TYPED}

    def show_newer(self, proposal):
        """Say that a colleague saved another version meanwhile; what was typed stays, and saving it is a decision."""
        self.proposal = proposal
        self.data = with_value(self.data, "seen", str(proposal.terms.number if proposal else 0))
        self.add_error(None, NewerProposal().message)


TYPED = ("services", "price", "amount", "percent", "included", "starts_on", "months", "valid_until")


def typed_text(data):
    """Return what was typed into the form, as lines to copy; "" where that is nothing."""
    shown = {"services": Service, "price": Price}
    lines = []
    for name in TYPED:
        values = [str(label_in(shown[name], value)) if name in shown else value for value in data.getlist(name)]
        if text := joined(value for value in values if value.strip()):
            lines.append(f"{label(ProposalForm.base_fields[name].label)} {text}")
    return "\n".join(lines)


def _as_typed(terms):
    """Return a version as the fields of the form begin with it."""
    values = {name: getattr(terms, name) for name in TYPED}
    return values | {"valid_until": max(timezone.localdate(terms.valid_until), _today())}


def _choices(partner, named):
    """Return the services that the partner offers, all where that is full service, and those that are `named`."""
    codes = {*partner.codes_of(PartnerTrait.Kind.SERVICE), *named}
    return [(each.value, each.label) for each in Service if each in codes or Service.FULL_SERVICE in codes]


def _today():
    return timezone.localdate(clock.now())


def _calendar(first, last):
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": first, "max": last})


def _changed_currency(before, now):
    return gettext("The seller changed the currency from %(before)s to %(now)s. Enter the amount in %(now)s.") % {
        "before": before,
        "now": now,
    }
