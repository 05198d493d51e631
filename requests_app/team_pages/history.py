"""The log of a team in words, for its owners: what changed, who did it, and when."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.formats import joined, sentences
from accounts.paging import page_of
from partners.choices import Currency, Language, label_in
from partners.models import Market
from requests_app.team_pages.page import frame_of, tabs_of
from requests_app.teams import reading
from requests_app.teams.kinds import KINDS, Actor, HandOverEnd, Kind
from requests_app.templatetags.wording import SETTINGS, role_words, settings_words, sign_in_changes

PAGE_SIZE = 50  # events


def context_of(team, params):
    """Return what templates/teams/history.html shows; `params` are the request's GET."""
    page = page_of(reading.log_of(team.pages.kind, team.of), params, at="at", size=PAGE_SIZE)
    markets = markets_in(page.rows)
    return {
        **frame_of(team),
        "tabs": tabs_of(team, "team_history"),
        "lead": _("Every change of members and settings. Nothing here can be changed or removed."),
        "items": [_line(team, event, markets) for event in page.rows],
        "page": page,
    }


def _line(team, event, markets):
    meaning = KINDS[Kind(event.kind)]
    return {
        "title": str(meaning.title or Kind(event.kind).label) % _words(team, event),
        "by": _who(event),
        "at": event.at,
        "icon": meaning.icon,
        "tone": meaning.tone,
        "detail": detail_of(event, markets),
    }


def _words(team, event):
    role = event.data.get("as_role") or event.data.get("role")
    return {
        "person": event.person,
        "by": _who(event),
        "role": team.pages.roles(role).label if role in team.pages.roles.values else "",
    }


def detail_of(event, markets):
    """Return what an event changed, in words; "" where its title says all. `markets` is `markets_in` of its page."""
    data, kind = event.data, event.kind
    if kind == Kind.SIGN_IN_CHANGED:
        return sentences([*sign_in_changes(data.get("changed", ())), *_roles_by_sign_in(data)])
    if kind in (Kind.ROLE_CHANGED, Kind.STEPPED_DOWN, Kind.HANDED_OVER):
        return _("Before: %(role)s") % {"role": role_words(data["was"])}
    if kind == Kind.HAND_OVER_ENDED:
        return str(HandOverEnd(data["how"]).label)
    if kind == Kind.INVITATION_WITHDRAWN and data.get("because"):
        return _("Who sent it is no owner any more.")
    if data.get("old"):
        return joined(_setting(name, data, markets) for name in SETTINGS if name in data["changed"])
    return settings_words(data.get("changed", ()))


def markets_in(events):
    """Return the names of the markets that these events name, {code: name}; asks only where there are any."""
    codes = {each.get("market") for event in events for each in (event.data.get("old"), event.data.get("new")) if each}
    codes.discard(None)
    return {code: str(market) for code, market in Market.objects.in_bulk(codes).items()} if codes else {}


def _setting(name, data, markets):
    """Return a setting that changed, with what it was and is where the log has that."""
    if name not in data["old"]:
        return str(SETTINGS[name])
    was, now = (_value(name, data[when][name], markets) for when in ("old", "new"))
    return _("%(what)s: %(was)s → %(now)s") % {"what": SETTINGS[name], "was": was, "now": now}


def _value(name, code, markets):
    if name == "market":
        return markets.get(code, code)
    return label_in(Currency if name == "currency" else Language, code)


def _roles_by_sign_in(data):
    if role := (data.get("new") or {}).get("default_role"):
        yield _("The role is %(role)s now.") % {"role": role_words(role)}


def _who(event):
    if event.actor == Actor.MEMBER:
        return str(event.by)
    platform = {"platform": settings.PLATFORM_NAME}
    return _("%(platform)s staff") % platform if event.actor == Actor.STAFF else settings.PLATFORM_NAME
