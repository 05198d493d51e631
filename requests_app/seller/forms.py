"""The request form: what a seller asks partners, for the first time and when they edit it."""

import uuid
from collections.abc import Sequence
from decimal import Decimal

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.acting import SHOP, ActingMixin
from accounts.fields import AddressField, LinesField, OneLineField, name_unknown_choices, row_number
from accounts.search import LONGEST_QUERY, TOO_LONG
from partners.amounts import AmountField, AmountsMixin, parse_amount
from partners.choices import CompanySize, Currency, Service, Start
from partners.matching import Sketch
from partners.models import Category
from partners.names import NameChoiceField
from requests_app import help_needed, limits
from requests_app.limits import MOST_PICKS
from requests_app.models import PartnerRequest
from requests_app.request_details import RequestDetails
from requests_app.seller.picker import Picker

Type = PartnerRequest.Type
PLATFORM = settings.PLATFORM_NAME
CHOOSE = [("", _("Choose"))]
HELP = ("services", "start")  # of the business profile; the form asks for it beside the partners
OF_BUSINESS = {*RequestDetails.PROFILE_FIELDS, *RequestDetails.FREE_TEXT_FIELDS}.difference(HELP)


class PartnersWidget(forms.SelectMultiple):
    """Drawn by templates/seller/parts/picker.html; a link to the field leads to its search."""

    def id_for_label(self, id_, index=None):
        return "partner-search"


class PartnersField(forms.Field):
    """Ids of partners, each once."""

    widget = PartnersWidget

    def clean(self, value):
        ids = list(dict.fromkeys(value or []))
        if any(row_number(each) is None for each in ids):
            raise ValidationError(_("Choose partners from the list."), code="unknown")
        return [int(each) for each in ids]


class ServicesField(forms.MultipleChoiceField):
    """Codes of services in the order of the list; those `kept` left it and stand on the request all the same."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    kept: tuple[str, ...] = ()

    def keep(self, codes):
        self.kept = tuple(code for code in codes if code not in Service.values)
        self.choices = [*Service.choices, *((code, code) for code in self.kept)]

    def to_python(self, value):
        return [code for code in super().to_python(value) if code]

    def validate(self, value):
        if problem := help_needed.problem_of(value, kept=self.kept):
            raise ValidationError(problem, code="invalid_choice")

    def clean(self, value):
        return help_needed.in_order(super().clean(value))


class TokenField(forms.CharField):
    """What makes a double submit one request; a missing or foreign one is replaced, for nobody typed it."""

    widget = forms.HiddenInput

    def clean(self, value):
        try:
            return uuid.UUID(value)
        except (TypeError, ValueError, AttributeError):
            return uuid.uuid4()


class Part(Fieldset):
    """One titled part of the form."""

    template = "seller/parts/form_part.html"

    def __init__(self, legend, *fields, lead, id):
        super().__init__(legend, *fields, css_id=id)
        self.lead = lead


class RequestForm(AmountsMixin, ActingMixin):
    """The form of docs/design.md, The request form. `shop` asks, in `market`: else its own.

    The fields keep what was typed, even what is wrong.
    """

    subject = OneLineField(
        label=_("Subject"),
        max_length=120,
        help_text=_("Your contact name"),
        error_messages={"required": _("Enter your contact name.")},
    )
    contact_email = AddressField(
        label=_("Contact email"),
        max_length=254,
        help_text=_("Partners reach you at this address."),
        error_messages={"required": _("Enter your contact email.")},
    )
    location = OneLineField(
        label=_("Location"),
        required=False,
        max_length=200,
        help_text=_("For working together offline, such as a city."),
    )
    company_size = forms.ChoiceField(
        label=_("Company size"),
        choices=[*CHOOSE, *CompanySize.choices],
        error_messages={"required": _("Choose your company size.")},
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=Currency,
        help_text=_("Of all amounts below."),
        error_messages={"required": _("Choose a currency.")},
    )
    platform_gmv = AmountField(
        label=format_lazy(_("{platform} sales GMV"), platform=PLATFORM),
        help_text=_("Your average per month."),
        error_messages={"required": _("Enter your average sales a month, 0 if there are none yet.")},
    )
    other_gmv = AmountField(
        label=_("Sales GMV from other channels"),
        required=False,
        help_text=_("Your total per month on other platforms. Leave it blank if you would rather not say."),
    )
    budget = AmountField(
        label=_("Budget"),
        above_zero=True,
        help_text=_("What you would pay the partner per month."),
        error_messages={"required": _("Enter your budget per month.")},
    )
    category = NameChoiceField(
        Category.objects.filter(active=True),
        label=_("Product category"),
        empty_label=_("Choose"),
        help_text=_("Your main one."),
        error_messages={"required": _("Choose your main product category.")},
    )
    hot_sale_product = OneLineField(
        label=_("Hot sale product"), required=False, max_length=200, help_text=_("Your best-selling product.")
    )
    other_details = LinesField(
        label=_("Other details"),
        required=False,
        max_length=2000,
        help_text=_("Anything else a partner should know, in up to 2,000 characters."),
    )
    services = ServicesField(
        label=_("Help needed"),
        choices=Service,
        required=False,
        help_text=_("Up to three. Partners read this first. Leave it blank if you are open to anything."),
    )
    start = forms.ChoiceField(
        label=_("When do you want to start"),
        choices=[("", _("Not decided yet")), *Start.choices],
        required=False,
    )
    request_type = forms.ChoiceField(
        label=_("Select partners"),
        choices=Type,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how partners are selected.")},
    )
    q = OneLineField(
        label=_("Search by name"),
        required=False,
        max_length=LONGEST_QUERY,
        error_messages={"max_length": TOO_LONG},
    )
    more = forms.CharField(required=False)  # how many partners were shown before: a button of the picker
    partners = PartnersField(label=_("Partners"), required=False)
    hide_contact = forms.BooleanField(
        label=_("Hide my contact details until a partner accepts"),
        required=False,
        help_text=_("Hot sale product and Other details are hidden as well."),
    )
    anyway = forms.BooleanField(label=_("Submit anyway"), required=False)
    form_token = TokenField(required=False)

    def __init__(self, *args, shop, market=None, asked=(), room=MOST_PICKS, kept_services=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["services"].keep(kept_services)
        self.shop, self.market, self.asked, self.room = shop, market, asked, room
        self.act_for(SHOP, shop)
        self.initial.setdefault("currency", shop.currency)
        self.initial.setdefault("form_token", uuid.uuid4())
        self.fields["q"].widget.attrs["id"] = "partner-search"
        self.fields["other_details"].widget.attrs |= {"rows": 5, "data-counter": "2000"}
        name_unknown_choices(self)

    @cached_property
    def helper(self):
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf = False, True
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        helper.layout = Layout(*self.parts(), *self.last_question(), *hidden)
        return helper

    def parts(self):
        return [
            Part(
                _("Contact information"),
                Div("subject", "contact_email", "location", css_class="form-grid"),
                lead=_("Only the partners you share the request with can open it, and you see who did and when."),
                id="part-contact",
            ),
            Part(
                _("Business profile"),
                Div(
                    "company_size", "currency", "platform_gmv", "other_gmv", "budget", "category",
                    Field("hot_sale_product", wrapper_class="wide"),
                    Field("other_details", wrapper_class="wide"),
                    css_class="form-grid",
                ),
                lead=_("What partners judge by whether they can help you. Amounts are per month."),
                id="part-business",
            ),
            Part(
                _("Request type"),
                Field("services", template="seller/parts/services.html"),
                "start",
                Field("request_type", template="seller/parts/request_type.html"),
                Field("partners", template="seller/parts/picker.html"),
                "hide_contact",
                lead=self.type_lead,
                id="part-type",
            ),
        ]  # fmt: skip

    type_lead = _("A partner has seven days to answer. You can add partners later.")

    def last_question(self):
        """The tick that submits a request like an open one, once it is asked for."""
        if not (self.alike or self["anyway"].value()):
            return []
        return [
            Part(
                _("Is it the same request?"),
                Field("anyway", template="seller/parts/anyway.html"),
                lead=_("Partners answer sooner where each request is asked once."),
                id="part-anyway",
            )
        ]

    @cached_property
    def picker(self):
        """The partners to choose from as the form stands, whether it was submitted or not."""
        return Picker(
            self.shop,
            market=self.market,
            picked=list(filter(None, map(row_number, self["partners"].value() or [])))[: 2 * MOST_PICKS],
            asked=self.asked,
            query=self["q"].value() or "",
            start=row_number(self["more"].value()) or 0,
            sketch=Sketch(
                category_id=row_number(self["category"].value()),
                company_size=self["company_size"].value() or "",
                currency=self["currency"].value() or "",
                budget=self._budget_so_far,
                language=self.shop.language,
                services=frozenset(self["services"].value() or ()),
            ),
        )

    @property
    def _budget_so_far(self):
        """The budget, if what was typed can be read as one."""
        value, currency = self["budget"].value() or "", self["currency"].value()
        if isinstance(value, Decimal) or currency not in Currency:
            return value if isinstance(value, Decimal) else None
        try:
            return parse_amount(value, currency)
        except ValidationError:
            return None

    def clean(self):
        cleaned = super().clean()
        picks = cleaned.get("partners")
        if cleaned.get("request_type") == Type.REFER:
            cleaned["partners"] = []
        elif picks is not None and "request_type" in cleaned:
            for problem in self._problems(picks):
                self.add_error("partners", problem)
        if self.looks_for_alike and not self.errors and not cleaned.get("anyway") and "category" in cleaned:
            self._ask_about_alike(cleaned)
        return cleaned

    def _ask_about_alike(self, cleaned):
        """Show the open requests that this one may repeat, once: a tick submits it all the same."""
        sought = {name: cleaned[name] for name in ("category", "services", "form_token")}
        self.alike = limits.alike(self.shop, **sought)
        if self.alike:
            text = gettext("You have an open request for the same help. Edit that one, or tick “Submit anyway”.")
            self.add_error("anyway", text)

    def _problems(self, picks):
        if not picks and self.must_pick:
            return [
                gettext("Choose at least one partner, or let %(platform)s refer partners.") % {"platform": PLATFORM}
            ]
        if len(picks) > self.room:
            too_many = len(picks) - self.room
            return [
                ngettext(
                    "You can choose at most %(most)d here. Take one off.",
                    "You can choose at most %(most)d here. Take %(too_many)d off.",
                    too_many,
                )
                % {"most": self.room, "too_many": too_many}
            ]
        return self.picker.unavailable(picks) if self.errors else []  # else the service asks, under a lock

    def refuse(self, refused):
        """Say that the service could not ask these partners: which, and why, as it is now."""
        for problem in self.picker.unavailable(self.cleaned_data["partners"]) or [refused.message]:
            self.add_error("partners", problem)

    def stands_against(self, refused):
        """Say that requests of the shop stand in the way; the page links to them."""
        self.in_the_way = refused.requests
        self.add_error(None, refused.message)
        for problem in self.picker.unavailable(self.cleaned_data["partners"]):
            self.add_error("partners", problem)

    in_the_way: Sequence[PartnerRequest] = ()  # what stands in the way of this one
    alike: Sequence[PartnerRequest] = ()  # what this one may repeat
    must_pick = looks_for_alike = True

    @property
    def steps(self):
        """The parts with how far each has come, for the aside; the page's script goes on from there."""
        named = {
            "part-contact": (_("Contact information"), RequestDetails.CONTACT_FIELDS),
            "part-business": (_("Business profile"), OF_BUSINESS),
            "part-type": (_("Request type"), (*HELP, "request_type", "partners", "hide_contact")),
        }
        wrong = self.errors.keys()
        return [
            {"id": part, "title": title, "state": "error" if wrong & set(fields) else ""}
            for part, (title, fields) in named.items()
        ]

    def check_field(self, name):
        """What is wrong with one field alone: asked when a reader leaves it."""
        self.fields = {known: self.fields[known] for known in (name, "currency") if known in self.fields}
        self.looks_for_alike = False  # that asks about the whole form
        return {"errors": self.errors.get(name, [])}

    @property
    def details(self):
        return {name: self.cleaned_data[name] for name in RequestDetails.FIELDS}

    @property
    def content_so_far(self):
        """What `submit_request` takes, as far as it can be read: the form may have errors."""
        data = self.cleaned_data
        return {
            "details": {name: data[name] for name in RequestDetails.FIELDS if name not in self.errors},
            "request_type": data.get("request_type", ""),
            "hide_contact": data.get("hide_contact", False),
            "picks": set(filter(None, map(row_number, self["partners"].value() or []))),
        }

    @property
    def choices(self):
        """What the services take besides the details."""
        data = self.cleaned_data
        return {
            "request_type": data["request_type"],
            "hide_contact": data["hide_contact"],
            "picks": data["partners"],
        }


class EditForm(RequestForm):
    """The same for an open request: partners may be added, none must; `version` is the one that was on the screen."""

    acting_for = anyway = None  # the request names its shop, and is there already
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    type_lead = format_lazy(
        _("Partners you have asked already keep the request. You can ask more, or let {platform} refer some."),
        platform=PLATFORM,
    )
    must_pick = looks_for_alike = False

    def last_question(self):
        return []

    def __init__(self, *args, category, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(Q(active=True) | Q(pk=category))  # also if retired

    def clean_partners(self):
        """Leave out those that have the request already, where the form that made it is sent `instead` of it."""
        picks = self.cleaned_data["partners"]
        return [pk for pk in picks if pk not in self.asked] if "instead" in self.data else picks

    def clean_version(self):
        return row_number(self.cleaned_data["version"]) or 1


def typed(data):
    """What stands in the request form's fields, to be shown again without being judged."""
    fields = RequestForm.base_fields | EditForm.base_fields
    values = {name: field.widget.value_from_datadict(data, {}, name) for name, field in fields.items()}
    return {name: value for name, value in values.items() if value is not None}
