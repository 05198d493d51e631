"""Whatever is sent in a field of a form that people fill in: it is told at a field, or can be stored and comes back.

One field at a time holds anything, as bytes of a request's body; the others are filled in well.
"""

from datetime import timedelta
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
from allauth.core import context
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import acting, clock, mail_preferences
from accounts.allauth_forms import AddEmailForm, LoginForm, ResetPasswordForm
from accounts.forms import MailPreferencesForm, PreferencesForm
from accounts.models import Topic, User
from partners import services as partner_services
from partners.filters import DirectoryFilter
from partners.forms import AvailabilityForm, PartnerProfileForm, PartnerSignupForm
from partners.models import Partner
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.portal.forms import AcceptForm, ReasonForm, RejectSeveralForm
from requests_app.portal.proposal_form import ProposalForm
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.seller.authorisation_forms import AuthorisationForm
from requests_app.seller.forms import EditForm, RequestForm
from requests_app.seller.shop_forms import SellerSignupForm, ShopForm
from tests.factories import PASSWORD, category, fill_vocabularies
from tests.partners.test_forms import filled

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]  # it is PostgreSQL that stores not everything

NASTY = [
    "", " ", "\0", "a\0b", "\r\n", "a\rb", "\u2028", "\u202e", "\ufeff", "\ud7ff\ue000\uffff", "\U0010ffff",
    "e\u0301" * 90,
    "9" * 18, "9" * 19, "9" * 5000, "-1", "1e9", "NaN", "9.999", "٣", "½", "１２", "x" * 100_000, "=1+1", "<script>",
    "%00", "null", "[]", "{}", "__all__", "a@b.c\n", "a@" + "b" * 300 + ".example", "\u212a@\u2126.example",
    "https://[::1", "http://\0", "2026-02-30", "0000-00-00", "9999-12-31", "on", "true", "GB", "gb",
]  # fmt: skip
BYTES = [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xf8\x88\x80\x80\x80"]  # a surrogate, overlong, none at all
anything = st.one_of(
    st.sampled_from(NASTY), st.sampled_from(BYTES), st.text(max_size=40), st.binary(max_size=20)
)  # fmt: skip


def body_of(values):
    """What a browser would send: a query string of bytes."""
    pairs = [(name, each) for name, held in values.items() for each in (held if isinstance(held, list) else [held])]
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


@pytest.fixture
def kinds(rf, shop, seller, partner, partner_owner, share):
    """By its name: what builds the form, what fills it in well, and what stores and reads it again."""
    fill_vocabularies()
    asked = {
        "subject": "Ann", "contact_email": "ann@lumen.example", "location": "Leeds", "services": ["ads"],
        "start": "", "company_size": "11-50",
        "currency": "GBP", "platform_gmv": "1,000.50", "other_gmv": "", "budget": "2000",
        "category": str(category().pk), "hot_sale_product": "Serum", "other_details": "One\r\ntwo",
        "request_type": "choose", "q": "", "partners": [str(partner.pk)], "hide_contact": "on", "form_token": "",
    }  # fmt: skip
    someone = {"name": "Ann", "email": "ann@new.example", "password1": "Kirkstall-4711", "password2": "Kirkstall-4711"}
    new_shop = {"shop_name": "Lumen", "market": "GB", "language": "en"}
    reason = {"reason": "budget", "note": "One\r\ntwo"}
    tomorrow = f"{clock.now() + timedelta(days=9):%Y-%m-%d}"

    def requested(form):
        assert form.picker.options
        details = form.details
        PartnerRequest.objects.update(**details)
        assert PartnerRequest.objects.get(pk=share.request_id).details() == details

    def noted(form):
        Share.objects.update(note=form.cleaned_data["note"])
        assert Share.objects.get(pk=share.pk).note == form.cleaned_data["note"]

    def offered(form):
        partner_services.update_profile(partner_id=partner.pk, by=partner_owner, profile=form.profile)
        again = Partner.objects.get(pk=partner.pk)
        given = {name: form.profile[name] for name in partner_services.FIELDS if name in form.profile}
        assert {name: getattr(again, name) for name in given} == given

    def available(form):
        given = form.cleaned_data
        partner_services.set_availability(partner_id=partner.pk, by=partner_owner, **given)
        again = Partner.objects.get(pk=partner.pk)
        assert {"capacity": again.capacity, "paused_until": again.paused_until} == given

    def opened(form):
        assert Shop.objects.get(pk=form.create_shop(seller).pk).name == form.cleaned_data["shop_name"]

    def preferred(form):
        form.save()
        assert User.objects.values("name", "language", "time_zone").get(pk=seller.pk) == form.cleaned_data

    def joined(form):
        given = {name: form.cleaned_data[name] for name in ("name", "email", "time_zone")}
        User.objects.filter(pk=seller.pk).update(**given)
        assert User.objects.values(*given).get(pk=seller.pk) == given

    def found(form):
        list(form.of.qs[:5])

    def filtered(kind, **given):
        def build(data):
            filterset = kind(data, **given)
            filterset.form.of = filterset
            return filterset.form

        return build

    def proposed(form):
        given = form.terms | {"currency": "GBP"}
        version = ProposalVersion(proposal=Proposal.objects.get(share=share), number=2, created_by=seller, **given)
        version.save()
        assert ProposalVersion.objects.get(pk=version.pk).terms() == given
        version.delete()

    Proposal.objects.create(share=share, number=1, valid_until=clock.now())
    offer = {
        "services": ["livestream"], "price": "monthly", "amount": "1,800", "percent": "", "included": "One\r\ntwo",
        "starts_on": tomorrow, "months": "3", "valid_until": tomorrow, "currency": "GBP", "seen": "0",
    }  # fmt: skip
    day = {"capacity": "4", "paused_until": tomorrow}
    return {
        "request": (lambda data: RequestForm(data, shop=shop), asked | {"anyway": "on"}, requested),
        "edit": (lambda data: EditForm(data, shop=shop, category=category().pk), asked | {"version": "1"}, requested),
        "accept": (AcceptForm, {"version": "1", "message": "One\r\ntwo", "token": str(uuid4())}, None),
        "proposal": (lambda data: ProposalForm(data, share=share, proposal=None), offer, proposed),
        "reject": (ReasonForm, reason, noted),
        "reject several": (lambda data: RejectSeveralForm(data, partner=partner), reason, noted),
        "authorise": (
            lambda data: AuthorisationForm(data, partner="P", others=["Q"]),
            {"days": "90", "terms": "on", "close_others": "", "area_ads": "view"},
            lambda form: form.grant,
        ),
        "profile": (lambda data: PartnerProfileForm(data, partner=partner), filled(), offered),
        "availability": (lambda data: AvailabilityForm(data, partner=partner), day, available),
        "shop": (ShopForm, new_shop, opened),
        "seller's sign-up": (SellerSignupForm, new_shop | someone | {"time_zone": "Europe/Berlin"}, joined),
        "partner's sign-up": (PartnerSignupForm, filled() | someone | {"time_zone": ""}, joined),
        "preferences": (
            lambda data: PreferencesForm(data, instance=User.objects.get(pk=seller.pk)),
            {"name": "Sarah", "language": "de", "time_zone": "Europe/Berlin"},
            preferred,
        ),
        "wishes": (
            lambda data: MailPreferencesForm(data, user=seller),
            dict.fromkeys(Topic.values, "daily"),
            lambda form: mail_preferences.save_mail_preferences(by=seller, modes=form.cleaned_data),
        ),
        "sign-in": (
            lambda data: LoginForm(data, request=context.request),
            {"login": seller.email, "password": PASSWORD, "remember": "on"},
            None,
        ),
        "reset": (ResetPasswordForm, {"email": "ann@new.example"}, None),
        "address": (lambda data: AddEmailForm(data=data, user=seller), {"email": "ann@new.example"}, None),
        "directory": (
            filtered(DirectoryFilter),
            {"q": "nor", "budget": "500", "currency": "GBP", "market": "GB"},
            found,
        ),
    }


FORMS = (
    "request", "edit", "accept", "proposal", "reject", "reject several", "authorise", "profile", "availability", "shop",
    "seller's sign-up", "partner's sign-up", "preferences", "wishes", "sign-in", "reset", "address", "directory",
)  # fmt: skip


def _is_password(bound):
    return isinstance(bound.field.widget, forms.PasswordInput)


@pytest.mark.parametrize("name", FORMS)
def test_form_takes_anything_in_any_field(name, kinds, rf):
    build, well, store = kinds[name]
    request, fields = rf.get("/"), sorted(build(None).fields)
    request.session, request.user = {}, AnonymousUser()

    def send(changes):
        data = QueryDict(body_of(well | changes))
        form = build(data)
        valid = form.is_valid()
        for bound in form:
            typed = bound.field.widget.value_from_datadict(data, {}, bound.html_name)
            if isinstance(typed, str) and not (bound.name == acting.FIELD or _is_password(bound)):
                assert bound.value() == typed.replace("\0", ""), "what was typed is lost"
            assert "\0" not in str(bound)
        assert valid or all(message for messages in form.errors.values() for message in messages)
        return form

    @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(field=st.sampled_from(fields), value=anything | st.lists(anything, max_size=4))
    def check_one(field, value):
        form = send({field: value})
        if form.is_valid() and store:
            store(form)

    with context.request_context(request):
        assert send({}).errors == {}
        for value in [*NASTY, *BYTES]:
            send(dict.fromkeys(fields, value))
        check_one()
