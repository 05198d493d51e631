"""The log of a team in words, for its owners: what changed, who did it, and when."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.formats import sentences
from accounts.paging import page_of
from requests_app.team_pages.page import frame_of, tabs_of
from requests_app.teams import reading
from requests_app.teams.kinds import KINDS, Actor, Kind
from requests_app.templatetags.wording import settings_words, sign_in_changes

PAGE_SIZE = 50  # events


def context_of(team, params):
    """Return what templates/teams/history.html shows; `params` are the request's GET."""
    page = page_of(reading.log_of(team.pages.kind, team.of), params, at="at", size=PAGE_SIZE)
    return {
        **frame_of(team),
        "tabs": tabs_of(team, "team_history"),
        "lead": _("Every change of members and settings. Nothing here can be changed or removed."),
        "items": [_line(team, event) for event in page.rows],
        "page": page,
    }


def _line(team, event):
    meaning = KINDS[Kind(event.kind)]
    return {
        "title": str(meaning.title or Kind(event.kind).label) % _words(team, event),
        "by": _who(event),
        "at": event.at,
        "icon": meaning.icon,
        "tone": meaning.tone,
        "detail": _detail(event),
    }


def _words(team, event):
    role = event.data.get("as_role") or event.data.get("role")
    return {
        "person": event.person,
        "by": _who(event),
        "role": team.pages.roles(role).label if role in team.pages.roles.values else "",
    }


def _detail(event):
    """Return which settings an event changed; "" for others."""
    changed = event.data.get("changed", ())
    if event.kind == Kind.SIGN_IN_CHANGED:
        return sentences(sign_in_changes(changed))
    return settings_words(changed)


def _who(event):
    if event.actor == Actor.MEMBER:
        return str(event.by)
    platform = {"platform": settings.PLATFORM_NAME}
    return _("%(platform)s staff") % platform if event.actor == Actor.STAFF else settings.PLATFORM_NAME
