"""Every URL by every role: each is answered as its row in tests/access.py says, and a GET changes nothing."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import ERROR, get_messages
from django.core.cache import cache
from django.db import transaction
from django.test import Client, TestCase
from django.urls import reverse

from accounts import clock, mail_preferences
from accounts.models import AccountMail, FailedTask, SitePage, Topic
from partners.models import ExchangeRate
from requests_app import services
from requests_app.blocks import Block
from requests_app.teams import services as teams
from requests_app.teams.models import TeamEvent
from requests_app.teams.settings import state_of
from requests_app.teams.tokens import token_of
from tests.access import GET, POST_TABLE, ROLES, TABLE, rows
from tests.cast import any_number_with_one_partner
from tests.client import CheckedClient
from tests.factories import (
    PASSWORD,
    PartnerFactory,
    UserFactory,
    company_sign_in,
    details_of,
    fill_vocabularies,
    make_request,
    propose,
)
from tests.standing import standing
from tests.urls import named_urls
from tests.world import world, writes

ON_BOTH = ("seller", "partner_owner", "staff")  # roles: the queries of every page run on PostgreSQL too, in `make test`
EVERY_ROLE = [role if role in ON_BOTH else pytest.param(role, marks=pytest.mark.once) for role in ROLES]


@pytest.mark.once
def test_every_url_has_its_row():
    urls = set(named_urls())

    assert set(TABLE) == urls
    assert set(POST_TABLE) <= urls


@standing
def people(
    other_shop, other_agency, seller, editor, viewer, other_seller, partner_owner, reviewer, partner_viewer,
    other_partner, clerk, staff,
):  # fmt: skip
    asked = locals()
    return {role: asked.get(role) for role in ROLES}  # nobody is anonymous


@pytest.fixture
def urls(many_with_one_partner, urls_of_the_cast):
    return urls_of_the_cast


@standing
def urls_of_the_cast(people, shop, partner, other_agency):
    """The URL of each name, for a shop with three requests that `partner` reviews, has accepted, is connected by."""
    fill_vocabularies()
    shares = {}
    for status in ("reviewing", "accepted", "connected"):
        with any_number_with_one_partner():
            shares[status] = share = make_request(shop, [partner]).shares.select_related("request").get()
        if status != "reviewing":
            services.accept_share(share_id=share.pk, by=people["partner_owner"], version=1)
        if status == "accepted":
            propose(share)
        if status == "connected":
            services.authorise_share(share_id=share.pk, by=people["seller"], areas={"products": "view"}, days=30)
    return addresses(shares, people["seller"], shop, partner)


def addresses(shares, seller, shop, partner):
    """The URL of each name, about these shares, {status: share}, and those whose they are."""
    notification = seller.notifications.first()
    sign_in = company_sign_in(shop, seller)
    objects = {
        "requests_app_shop": shop,
        "requests_app_companysignin": sign_in,
        "requests_app_companydomain": sign_in.domains.get(),
        "requests_app_partnerrequest": shares["reviewing"].request,
        "requests_app_share": shares["reviewing"],
        "requests_app_block": Block.objects.create(
            shop=shop, partner=PartnerFactory(status="suspended"), side="shop", by=seller
        ),
        "requests_app_teamevent": TeamEvent.objects.of("shop", shop.pk).first(),
        "partners_market": shop.market,
        "partners_category": shares["reviewing"].request.category,
        "partners_exchangerate": ExchangeRate.objects.create(
            currency="GBP", per_euro="0.85", date="2026-11-01", source="test"
        ),
        "partners_partner": partner,
        "auth_group": Group.objects.create(name="Desk"),
        "accounts_user": seller,
        "auth_user": seller,
        "accounts_accountmail": AccountMail.objects.create(
            to="ann@example.com", template="account/email/email_deleted"
        ),
        "accounts_notification": notification,
        "accounts_sitepage": SitePage.objects.get(slug="terms", language="en"),
        "accounts_failedtask": FailedTask.objects.create(
            path="accounts.outbox.deliver", arguments={"args": [], "kwargs": {}}, error="OSError", at=clock.now()
        ),
    }
    given = {
        **of_team("seller", "shop", shop),
        **of_team("portal", "partner", partner),
        "invitations:invitation": [invited("shop", shop, seller, "other-seller@example.com")],
        "invitations:signup": [invited("shop", shop, seller, "ada@example.com")],
        "partners:profile": [partner.slug],
        "seller:block": [partner.slug],
        "accounts:read_notification": [notification.pk],
        "accounts:unsubscribe": [mail_preferences.unsubscribe_token(seller, ["answers"])],
        "accounts:first_factor_link": ["made-up"],
        "seller:confirm_contact": ["made-up"],
        "company:oidc_callback": ["made-up"],
        "company:saml_acs": ["made-up"],
        "company:saml_finish": ["made-up", "made-up"],
        "company:saml_metadata": ["made-up"],
        "account_confirm_email": ["made-up"],
        "account_reset_password_from_key": ["1", "made-up"],
        "mfa_remove_webauthn": [1],
        "mfa_edit_webauthn": [1],
        "admin:app_list": ["requests_app"],
        "admin:view_on_site": [1, 1],
    }
    found = {name: reverse(name, args=arguments_of(name, given, shares, objects)) for name in TABLE}
    for area, row in (("seller", shop), ("portal", partner)):
        found[f"{area}:team_role"] += "?role=owner"
        found[f"{area}:team_hand_over"] += f"?member={row.members.get(role='viewer').pk}"
    found["portal:reject_several"] += f"?share={shares['reviewing'].reference}"
    return found


def of_team(area, kind, of):
    """The arguments of the pages of a team: an invitation, a hand-over offered to the second, the third's own place."""
    owner = of.members.filter(role="owner").earliest("pk")
    worker, viewer = (
        of.members.filter(role=role).first() or of.members.create(user=UserFactory(), role=role)
        for role in ({"shop": "editor", "partner": "reviewer"}[kind], "viewer")
    )
    acting = {"kind": kind, "of_id": of.pk, "by": owner.user}
    invitation = teams.invite(**acting, email="invited@example.com", role="viewer")
    offer = teams.offer_hand_over(**acting, member_id=worker.pk)
    rows = dict.fromkeys(("renew", "withdraw"), invitation) | dict.fromkeys(("role", "remove", "leave"), viewer)
    rows |= dict.fromkeys(("take_over", "decline", "keep"), offer) | {"hand_over": owner}
    return {f"{area}:team_{act}": [row.pk] for act, row in rows.items()}


def invited(kind, of, by, address):
    """The token of an invitation."""
    return token_of(teams.invite(kind=kind, of_id=of.pk, by=by, email=address, role="viewer"))


OF_STATUS = {
    "authorise": "accepted", "withdraw": "accepted", "propose": "accepted", "withdraw_proposal": "accepted",
    "renew": "connected", "revoke": "connected",
}  # fmt: skip


OF_NO_SHARE = {
    "inbox", "reject_several", "profile", "partner_contact", "second_factor", "availability", "unblock", "insights",
    "team", "team_history", "team_invite", "sign_in",
}  # fmt: skip


def arguments_of(name, given, shares, objects):
    if name in given:
        return given[name]
    area, _colon, page = name.partition(":")
    share = shares["connected" if name == "portal:close" else OF_STATUS.get(page.removeprefix("share_"), "reviewing")]
    if area == "seller" and (page == "share" or page.startswith("share_")):
        return [share.request.reference, share.reference]
    if area == "seller" and page in {
        "request",
        "request_edit",
        "request_refer",
        "request_confirm",
        "request_close",
        "proposals",
    }:
        return [share.request.reference]
    if area == "portal" and page not in OF_NO_SHARE:
        return [share.reference]
    if area == "admin":
        model = next((model for model in objects if page.startswith(f"{model}_")), None)
        if model and page.removeprefix(f"{model}_") not in {"changelist", "add", "unmatched"}:
            return [objects[model].pk, 1] if page.endswith("simple_history") else [objects[model].pk]
    return []


@pytest.fixture
def payloads(people, urls, shop, partner, other_shop, other_agency):
    """Good values for each URL of POST_TABLE that takes any."""
    person = {"name": "Ada Byron", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD}
    agency = {
        "partner_name": "Blackwater Digital",
        "tagline": "Livestreams that sell",
        "types": ["tsp"],
        "services": ["ads"],
        "categories": [category.pk for category in partner.categories.all()],
        "markets": ["GB"],
        "languages": ["en"],
        "company_sizes": ["1-10"],
        "currency": "GBP",
        "capacity": "7",
    }
    details = details_of()
    form = {name: str(value or "") for name, value in details.items() if name != "services"} | {
        "category": details["category"].pk
    }
    areas = {"area_orders": "view", "days": "90", "terms": "on"}
    return {
        "switch": {"membership": f"shop:{shop.pk}"},
        "seller:sign_in": {"default_role": "editor"},
        "company:sign_in": {"email": "ada@nowhere.example"},
        "partners:amount": {"amount": "48,000", "currency": "GBP"},
        "partners:signup": person | agency,
        "seller:signup": person | {"shop_name": "Ada's", "market": "GB", "language": "en"},
        "seller:team_invite": {"email": "ada@example.org", "role": "viewer", "language": "en"},
        "portal:team_invite": {"email": "ada@example.org", "role": "viewer", "language": "en"},
        "invitations:signup": person,
        "seller:request_new": form | {"request_type": "refer", "form_token": uuid.uuid4(), "anyway": "on"},
        "seller:request_edit": form | {"request_type": "choose", "version": "1", "budget": "1800"},
        "seller:share_message": {"text": "Yes, we do.", "token": uuid.uuid4()},
        "seller:share_authorise": areas,
        "seller:share_renew": areas,
        "portal:accept": {"version": "1"},
        "portal:message": {"text": "Do your hosts speak English?", "token": uuid.uuid4()},
        "portal:propose": {
            "services": ["livestream"],
            "price": "monthly",
            "amount": "1,500",
            "included": "",
            "months": "3",
            "starts_on": f"{clock.now() + timedelta(days=9):%Y-%m-%d}",
            "seen": "1",
            "valid_until": f"{clock.now() + timedelta(days=9):%Y-%m-%d}",
        },
        "portal:withdraw_proposal": {"seen": "1"},
        "portal:reject": {"reason": "budget"},
        "portal:withdraw": {"reason": "budget"},
        "portal:close": {"reason": "done"},
        "portal:reject_several": {"reason": "budget", "share": urls["portal:reject_several"].rpartition("=")[2]},
        "portal:profile": agency,
        "portal:availability": {"capacity": "3"},
        "portal:partner_contact": {"name": "Petra P", "email": "petra@example.com", "seen": state_of(None)},
        "seller:settings": {
            "shop_name": "Lumen Care",
            "market": "GB",
            "currency": "EUR",
            "language": "en",
            "seen": state_of(shop),
        },
        "accounts:read_all_notifications": {"until": "999999"},
        "accounts:preferences": {"name": "Ada Byron", "language": "en", "time_zone": "Asia/Tokyo"},
        "accounts:mail_preferences": dict.fromkeys(Topic.values, "daily"),
        "personal:erase": {"understood": "on"},  # but signed in a while ago: asked for the password first
        "admin:requests_app_partnerrequest_refer": {"partner": other_agency.pk},
        "admin:requests_app_partnerrequest_close": {"reason": "asked", "note": "Asked by phone."},
        "admin:requests_app_share_close": {"reason": "asked"},
        "admin:requests_app_partnerrequest_release": {"reason": "genuine"},
    }


def answer_of(response):
    """The cell of a response."""
    if response.status_code != 302:
        return str(response.status_code)
    for page, path in (("login", "/accounts/login/"), ("admin", "/admin/login/")):
        if response.headers["Location"].partition("?")[0] == path:
            return page
    said = get_messages(response.wsgi_request)
    return "told" if any(message.level == ERROR for message in said) else "302"


class Asking:
    """One person, whose requests leave nothing behind."""

    def __init__(self, person):
        self.client = CheckedClient()
        if person:
            self.client.force_login(person)
        self.cookies = self.client.cookies.output(header="")

    def get(self, url):
        """The cell of the answer; * where it wrote anything, which a page may do when its reading has ended."""
        with writes() as written, TestCase.captureOnCommitCallbacks(execute=True):
            answer = self.answer("get", url)
        return answer + "*" * bool(written)

    def post(self, url, data=None):
        """The cell of the answer; * where anything was not as before, which it is again."""
        with transaction.atomic(), writes() as written:
            answer = self.answer("post", url, data)
            after = written and world()
            transaction.set_rollback(True)
        return answer + "*" * bool(written and after != world())

    def answer(self, method, url, data=None):
        cache.clear()  # rate limits
        self.client.cookies.clear()  # messages, and having signed out
        self.client.cookies.load(self.cookies)
        return answer_of(getattr(self.client, method)(url, data))


def wrong(answers, table, role):
    """The cells of this role that are not as the table says, as {name: "answer, not cell"}."""
    expected = {name: cells[ROLES.index(role)] for name, cells in table.items()}
    return {name: f"{answer}, not {expected[name]}" for name, answer in answers.items() if answer != expected[name]}


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_get_of_every_url_is_answered_by_role_and_changes_nothing(role, people, urls):
    asking = Asking(people[role])

    answers = {name: asking.get(url) for name, url in urls.items()}

    assert wrong(answers, TABLE, role) == {}


@pytest.mark.parametrize("role", EVERY_ROLE)
def test_post_of_every_verb_is_answered_by_role(role, people, urls, payloads):
    asking = Asking(people[role])

    answers = {name: asking.post(urls[name], payloads.get(name)) for name in POST_TABLE}

    assert wrong(answers, POST_TABLE, role) == {}


@pytest.mark.once
@pytest.mark.parametrize("role", ["anonymous", "viewer", "other_seller", "partner_viewer", "other_partner", "clerk"])
def test_post_of_nothing_to_any_url_changes_nothing(role, people, urls):
    asking = Asking(people[role])
    own = {"accounts:preferences", "accounts:unsubscribe", "portal:contact", "seller:block", "invitations:invitation"}
    own |= {f"{area}:team_leave" for area in ("seller", "portal")}
    before = world()

    for name in urls.keys() - own:
        with transaction.atomic():
            asking.answer("post", urls[name])
            transaction.set_rollback(name.endswith("logout"))

    assert world() == before


@pytest.mark.once
def test_post_without_a_csrf_token_is_refused(people, urls, payloads):
    answers = {}
    for name in POST_TABLE:
        role = "staff" if name.startswith("admin:") else "partner_owner" if name.startswith("portal:") else "seller"
        client = Client(enforce_csrf_checks=True)
        client.force_login(people[role])
        answers[name] = client.post(urls[name], payloads.get(name)).status_code

    without = {"accounts:unsubscribe": 200, "company:saml_acs": 404}  # mail programs and providers have no cookie
    assert answers == dict.fromkeys(POST_TABLE, 403) | without


@pytest.mark.once
def test_pages_that_are_not_public_lead_the_anonymous_to_sign_in():
    """The public ones, by name: nothing joins them by accident."""
    public = [name for name, cells in rows(GET).items() if cells[0] not in {"login", "admin"}]

    assert public == [
        "home", "healthz", "readyz", "metrics", "robots", "referrals", "help", "privacy", "terms", "set_language",
        "partners:directory", "partners:compare", "partners:profile", "partners:amount", "partners:signup",
        "seller:signup", "seller:confirm_contact", "invitations:invitation", "invitations:signup",
        "accounts:unsubscribe", "company:sign_in", "company:oidc_callback", "company:saml_acs", "company:saml_finish",
        "company:saml_metadata", "account_signup", "account_login",
        "account_logout", "account_inactive", "account_email_verification_sent", "account_confirm_email",
        "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    ]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("reference", ["SPR-2222222222", "spr", "SPS-2222222222", "0", "a" * 300])
@pytest.mark.parametrize("role", ["seller", "partner_owner"])
def test_made_up_reference_is_not_found(role, reference, people, open_request, share):
    asking = Asking(people[role])

    for name in ("seller:request", "seller:request_edit", "seller:request_close", "portal:share", "portal:accept"):
        assert asking.get(reverse(name, args=[reference])) == "404"
    for verb in ("authorise", "renew", "revoke", "close"):
        for given in ([reference, share.reference], [open_request.reference, reference]):
            assert asking.post(reverse(f"seller:share_{verb}", args=given)) == "404"


@pytest.mark.once
def test_share_of_another_request_is_not_found_under_this_one(people, shop, partner):
    one, other = make_request(shop, [partner]), make_request(shop, [partner])

    url = reverse("seller:share_close", args=[one.reference, other.shares.get().reference])

    assert Asking(people["seller"]).post(url) == "404"


@pytest.mark.once
def test_sign_in_leads_on_to_where_one_wanted_to_and_never_elsewhere(people, client):
    asked = client.get("/requests/?status=open").headers["Location"]
    assert asked == "/accounts/login/?next=/requests/%3Fstatus%3Dopen"

    for target in ("https://evil.example/", "//evil.example/", "https:evil.example", "/\\evil.example"):
        signed_in = CheckedClient().post(
            f"/accounts/login/?next={target}",
            {"login": people["seller"].email, "password": PASSWORD, "next": target},
        )
        assert signed_in.status_code == 302
        assert re.match(r"/(?![/\\])", signed_in.headers["Location"])
        chosen = client.post("/language/", {"language": "en", "next": target})
        assert re.match(r"/(?![/\\])", chosen.headers["Location"])
