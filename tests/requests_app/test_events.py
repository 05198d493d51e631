"""The table of events names all that a kind is; what it needs elsewhere is there."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from requests_app.change import Change
from requests_app.events import EVENTS, NO_RESPONSE_DRAWN, REFERRED, STALE_SHARE_WARNED, Kind, mail_templates
from requests_app.models import Event, PartnerRequest
from requests_app.workflow import LIVE, ShareStatus

pytestmark = pytest.mark.once_on_postgresql

MAILS = Path(settings.BASE_DIR) / "templates" / "emails"
TONES = {"grey", "blue", "green", "amber", "red", "violet", "orange"}
DRAWN = {
    NO_RESPONSE_DRAWN,
    *((line.icon, line.tone) for event in EVENTS.values() for _role, line in event.lines()),
    *((line.icon, line.tone) for line in (REFERRED, STALE_SHARE_WARNED)),
}


def test_every_kind_stands_in_the_table():
    assert list(EVENTS) == list(Kind) == list(Event.Kind)


def test_whoever_is_notified_has_a_mail():
    wanted = {f"{name}.html" for name in mail_templates()}

    assert wanted - {path.name for path in MAILS.iterdir()} == set()


def test_a_kind_has_a_topic_where_somebody_is_notified():
    assert [kind for kind, event in EVENTS.items() if bool(event.notified) != bool(event.topic)] == []


def test_a_kind_has_a_line_for_whoever_is_notified():
    wanted = {(kind, role) for kind, event in EVENTS.items() for role in event.notified}

    assert wanted - {(kind, role) for kind, event in EVENTS.items() for role, _line in event.lines()} == set()


def test_what_happens_to_a_share_stands_in_its_timeline():
    assert [kind for kind, event in EVENTS.items() if event.leads and not event.partner] == []


@pytest.mark.parametrize(("icon", "tone"), sorted(DRAWN))
def test_icon_and_tone_exist(icon, tone):
    assert "<svg" in engines["django"].from_string('{% load ui %}{% icon name "micro" %}').render({"name": icon})
    assert tone in TONES


def test_events_lead_from_one_status_of_a_share_to_the_next():
    reached = {after for event in EVENTS.values() for after in event.leads.values()}
    left = {before for event in EVENTS.values() for before in event.leads}

    assert reached == set(ShareStatus)
    assert left == {None, *LIVE}


def test_history_takes_what_the_table_names(db):
    change = Change(PartnerRequest(), by=None, actor=Event.Actor.PLATFORM)

    with pytest.raises(ValueError, match="note"):
        change.record(Kind.ACCEPTED, note="call me")
