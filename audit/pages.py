"""Every page of the demo, for everyone who may open it. The list comes from the URLconf: a new URL is in it by itself.

Each URL is asked for as each reader of its audience, with the demo's own rows for its arguments. Where no reader is
shown a page and EXCEPTED does not name it, `find_pages` complains, so that nothing is left out in silence.
"""

import re
from dataclasses import dataclass
from itertools import islice

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse
from django.utils.regex_helper import normalize

from accounts import mail_preferences
from accounts.models import Topic
from partners.models import Partner
from requests_app import contacts
from requests_app.demo import mailbox
from requests_app.models import PartnerRequest, Share
from requests_app.team_pages.sides import PARTNER_TEAM, SELLER_TEAM
from requests_app.teams import tokens
from requests_app.teams.models import HandOver, Invitation
from requests_app.workflow import Hold

SELLERS, PARTNERS = ("seller", "editor", "other-seller"), ("partner", "reviewer")
PEOPLE = (*SELLERS, *PARTNERS, "staff")
GUARDED, GUARDED_SELLER = "other-partner", "other-seller"  # who have a second factor here
HALFWAY = "halfway"  # who has given his password and not yet the second factor
AUDIENCES = {
    "seller": SELLERS,
    "portal": PARTNERS,
    "portal:second_factor": (GUARDED,),  # it asks whoever has one
    "partners": ("anonymous", "seller", "partner"),
    "accounts": ("anonymous", *PEOPLE),
    "demo": ("anonymous",),
    "admin": ("staff",),
    "invitations": ("anonymous", "seller"),
    "mfa": ("seller", GUARDED, HALFWAY, "anonymous"),
    "account": ("anonymous", "seller", "partner"),
    "": ("anonymous", "seller", "partner"),
}
EXCEPTED = (  # URLs that show nobody a page
    "healthz",
    "readyz",
    "metrics",
    "favicon.ico",
    "robots",  # a text file
    "set_language",  # leads back
    "account_set_password",  # everybody has one
    "account_confirm_login_code",  # signing in by a mailed code is not offered
    "mfa_download_recovery_codes",  # a text file
    "mfa_login_webauthn",  # answers the passkey's script
    "accounts:first_factor",  # a demo asks staff for no second factor
    "accounts:first_factor_link",
    "portal:contact",  # leads back
    "portal:message",  # likewise
    "seller:share_message",  # likewise
    "portal:reject_several",  # likewise, where nothing is chosen
    *(f"company:{name}" for name in ("oidc_callback", "saml_acs", "saml_finish", "saml_metadata")),  # of a provider
    "admin:autocomplete",  # answers a script
    "admin:jsi18n",
    "admin:view_on_site",
    *(
        f"admin:accounts_failedtask_{act}" for act in ("history", "delete", "change", "run-again")
    ),  # rows of PostgreSQL's queue
)
NOT_OURS = ("demo:mail_html",)  # a mail, as it went out: what mail programs need holds for it
WAYS = {  # other looks of a page: its query
    "partners:directory": ("q=beauty", "q=nothing-is-called-so", "sort=name"),
    "partners:profile": (),
    "seller:my_requests": ("q=SPR", "q=nothing-is-called-so", "status=closed", "status=connected"),
    "portal:inbox": ("q=nothing-is-called-so", "status=closed", "status=rejected"),
    "accounts:notifications": ("show=unread",),
    "seller:request_new": ("partner=northlight-commerce",),
}
SENT_EMPTY = "sent empty"
ACTS = {  # what is done on a page to see more of it; a form that is sent empty is refused, and changes nothing
    "account_login": (SENT_EMPTY,),
    "account_reset_password": (SENT_EMPTY,),
    "account_change_password": (SENT_EMPTY,),
    "account_email": (SENT_EMPTY,),
    "account_reauthenticate": (SENT_EMPTY,),
    "mfa_activate_totp": (SENT_EMPTY,),
    "mfa_authenticate": (SENT_EMPTY,),
    "accounts:preferences": (SENT_EMPTY,),
    "partners:signup": (SENT_EMPTY,),
    "seller:signup": (SENT_EMPTY,),
    "seller:request_new": (SENT_EMPTY,),
    "seller:request_edit": (SENT_EMPTY,),
    "seller:share_authorise": (SENT_EMPTY,),
    "seller:share_renew": (SENT_EMPTY,),
    "portal:profile": (SENT_EMPTY,),
    "portal:reject": (SENT_EMPTY,),
    "portal:withdraw": (SENT_EMPTY,),
    "portal:share": ("Show contact details",),
}
CANDIDATES = 60  # rows that are tried for each URL


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    reader: str
    status: int = 200
    act: str = ""  # what is done on the page before it is looked at

    @property
    def is_ours(self):
        return not self.path.startswith("/admin/") or self.name == "error"

    def __str__(self):
        return f"{self.path} as {self.reader}{f', {self.act}' if self.act else ''}"


def find_pages(clients):
    """Give (pages, complaints) for the readers of `clients`, a test client for each."""
    pages, complaints = [], []
    for name, parameters in dict.fromkeys(urls()):
        if name in NOT_OURS:
            continue
        answers = set()
        found = list(pages_of(name, parameters, clients, answers))
        excepted = (
            name in EXCEPTED or name.endswith("_simple_history") or 405 in answers
        )  # the desk has no such form; a POST
        if not found and not excepted and not (name.startswith("admin:") and answers and answers <= {302, 403, 405}):
            complaints.append(f"{name}: nobody was shown a page, the answers were {sorted(answers) or 'none'}")
        elif found and excepted:
            complaints.append(f"{name} is excepted, but shows a page")
        pages += found
    done = {(page.name, page.act) for page in pages}
    acts = ((name, act) for name, acts in ACTS.items() for act in acts)
    complaints += [f"{name}: nobody is offered “{act}”" for name, act in acts if (name, act) not in done]
    return [*pages, *error_pages()], complaints


def error_pages():
    """What walk.provoke() makes the site, or in its place the browser, answer with."""
    for reader in ("anonymous", "seller", "partner"):
        yield Page("error", "/nothing/here/", reader, 404)
    yield Page("error", "/admin/requests_app/share/add/", "staff", 403)
    yield Page("error", "/accounts/login/", "anonymous", 400, act="far too many fields")
    yield Page("error", "/language/", "anonymous", 403, act="without a token")
    yield Page("error", "/accounts/password/reset/", "anonymous", 429, act="again and again")
    yield Page("error", "/broken/", "anonymous", 500, act="broken")


def urls(resolver=None, space="", before=()):
    """Give (name, names of the arguments) of every URL; what has no name answers under its route."""
    for entry in (resolver or get_resolver()).url_patterns:
        _route, parameters = normalize(entry.pattern.regex.pattern)[0]
        if isinstance(entry, URLPattern):
            if name := entry.name or ("" if space else str(entry.pattern)):
                yield f"{space}{name}", (*before, *parameters)
        else:
            yield from urls(entry, f"{space}{entry.namespace}:" if entry.namespace else space, (*before, *parameters))


def pages_of(name, parameters, clients, answers):
    """Give what readers are shown of a URL; what they are answered goes into `answers`."""
    for reader in audience_of(name):
        shown, offering = {}, {}
        for state, path in paths_of(name, parameters, reader):
            if state not in shown and is_page(response := clients[reader].get(path), answers):
                shown[state] = path
                for act in offered(name, response.text):
                    offering.setdefault(act, path)
        yield from (Page(name, path, reader) for path in shown.values())
        for path in islice(shown.values(), 1):
            yield from (Page(name, f"{path}?{query}", reader) for query in WAYS.get(name, ()))
        yield from (Page(name, path, reader, act=act) for act, path in offering.items())


def is_page(response, answers):
    answers.add(response.status_code)
    return response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


def offered(name, html):
    """Give the acts that can be done on this page: not every reader may, nor in every state."""
    main = html.partition("<main")[2].partition("</main>")[0]
    for act in ACTS.get(name, ()):
        if re.search(r"<form[^>]+method=.?post", main, re.IGNORECASE) if act == SENT_EMPTY else act in main:
            yield act


def audience_of(name):
    if name in AUDIENCES:
        return AUDIENCES[name]
    space, colon, _rest = name.partition(":")
    if not colon:
        space = name.partition("_")[0]
    return AUDIENCES.get(space, AUDIENCES[""])


def paths_of(name, parameters, reader):
    """Give (state, path): one page is looked at for each state."""
    for state, values in islice(arguments_of(name, parameters, reader), CANDIDATES):
        try:
            yield state, reverse(name, kwargs=values) if isinstance(values, dict) else reverse(name, args=values)
        except NoReverseMatch:
            if not parameters:
                yield state, f"/{name}"  # a route without a name


def arguments_of(name, parameters, reader):
    if not parameters:
        return [("", {})]
    if name.startswith("admin:"):
        return admin_arguments(name, parameters)
    if name in SPECIAL:
        return [("", values) for values in SPECIAL[name]()]
    user = user_of(reader)
    if ":team_" in name:
        return team_arguments(name, user)
    if parameters == ("reference",):
        rows = Share if name.startswith("portal:") else PartnerRequest
        return [(state_of(row), {"reference": row.reference}) for row in rows.objects.visible_to(user).order_by("pk")]
    if parameters == ("reference", "share_reference"):
        shares = Share.objects.filter(request__in=PartnerRequest.objects.visible_to(user)).select_related("request")
        return [
            (state_of(share), {"reference": share.request.reference, "share_reference": share.reference})
            for share in shares.order_by("pk")
        ]
    if parameters == ("slug",):
        return [(partner.status, {"slug": partner.slug}) for partner in Partner.objects.order_by("pk")]
    if parameters == ("pk",):
        return [("", {"pk": row.pk}) for row in user.notifications.all()[:1]]
    if parameters == ("key",):
        return [("", {"key": mail.key}) for mail in mailbox.newest_mails()[:1]]
    return []


def team_arguments(name, user):
    """Give the members, invitations and hand-overs of the reader's own teams."""
    members = (SELLER_TEAM if name.startswith("seller:") else PARTNER_TEAM).members_visible_to(user)
    rows = [
        *members.filter(user=user),
        *(row for model in (Invitation, HandOver) for row in model.objects.visible_to(user)),
        *members.exclude(user=user),
    ]
    return [("", {"pk": row.pk}) for row in rows]


def state_of(row):
    return row.status if isinstance(row, Share) else row.headline


def admin_arguments(name, parameters):
    try:
        prefix, _, _act = name.removeprefix("admin:").rpartition("_")
        model = next(
            model
            for model in apps.get_models()
            if f"{prefix}_".startswith(f"{model._meta.app_label}_{model._meta.model_name}_")
            or (name == "admin:auth_user_password_change" and model is get_user_model())
        )
    except StopIteration:
        labels = ("requests_app", "partners", "accounts", "auth")
        return [(label, {"app_label": label}) for label in labels if parameters == ("app_label",)]
    rows = model._default_manager.order_by("-pk")[:CANDIDATES]
    key = parameters[0]
    return [("", (row.pk,) if key.startswith("_") else {key: row.pk}) for row in rows]


def user_of(reader):
    name = {"anonymous": "seller", HALFWAY: GUARDED}.get(reader, reader)
    return get_user_model().objects.get(email=f"{name}@example.com")


def reset_keys():
    yield {
        "uidb36": user_pk_to_url_str(user_of("seller")),
        "key": "set-password",
    }  # readers.clients() has opened the link


def confirmation_keys():
    yield {"key": EmailConfirmationHMAC(EmailAddress.objects.get(email="seller@example.com")).key}


def passkeys():
    keys = Authenticator.objects.filter(user=user_of(GUARDED), type=Authenticator.Type.WEBAUTHN)
    return [{"pk": key.pk} for key in keys]


def unsubscribe_tokens():
    yield {"token": mail_preferences.unsubscribe_token(user_of("seller"), [topic.value for topic in list(Topic)[:1]])}


def contact_tokens():
    held = PartnerRequest.objects.filter(hold=Hold.CONTACT)
    return [{"token": contacts.token_for(request)} for request in held[:1]]


def invitation_tokens():
    invitation = Invitation.objects.pending().order_by("pk").first()
    yield {"token": tokens.token_of(invitation)}


SPECIAL = {
    "invitations:invitation": invitation_tokens,
    "invitations:signup": invitation_tokens,
    "account_confirm_email": confirmation_keys,
    "account_reset_password_from_key": reset_keys,
    "mfa_remove_webauthn": passkeys,
    "mfa_edit_webauthn": passkeys,
    "accounts:unsubscribe": unsubscribe_tokens,
    "seller:confirm_contact": contact_tokens,
}
