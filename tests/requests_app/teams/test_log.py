"""The log of a team: append-only, chained, without names, and begun for those that stood before there were logs."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from accounts import clock
from accounts.models import User
from accounts.signals import members_changed
from requests_app.integrity import append_only, teams
from requests_app.integrity.invariants import offenders
from requests_app.teams import log, reading, services
from requests_app.teams.kinds import KINDS, Kind
from requests_app.teams.models import HandOver, Invitation, TeamEvent, TeamLog
from tests.factories import PartnerFactory, UserFactory
from tests.teams import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.once_on_postgresql]


def past_the_services(sql, *params):
    append_only.lift()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    append_only.install()


def test_every_kind_has_its_meaning():
    assert set(KINDS) == set(Kind)


def test_data_that_no_kind_names_is_refused(team):
    with pytest.raises(ValueError, match="email"):
        log.record(team.of, Kind.INVITED, by=team.owner, email="new@example.com")


def test_log_holds_no_address_and_no_name(team):
    team.invite("secret.address@example.com")
    team.remove(team.add("viewer", name="Secretia Name"))

    held = json.dumps(list(TeamEvent.objects.values()), default=str)
    assert "secret.address" not in held
    assert "Secretia" not in held


@pytest.mark.parametrize("act", ["save", "delete", "update", "delete all"])
def test_event_is_never_changed_or_removed(act, team):
    event = team.last_event()
    acts = {
        "save": event.save,
        "delete": event.delete,
        "update": lambda: TeamEvent.objects.update(kind="left"),
        "delete all": lambda: TeamEvent.objects.all().delete(),
    }

    with pytest.raises(TypeError, match="never"):
        acts[act]()


@pytest.mark.parametrize(
    "verb", ["UPDATE requests_app_teamevent SET kind = 'left'", "DELETE FROM requests_app_teamevent"]
)
def test_database_refuses_it_too(verb, team):
    with (
        pytest.raises(DatabaseError, match="never changed or removed"),
        transaction.atomic(),
        connection.cursor() as on,
    ):
        on.execute(verb)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE requests_app_teamevent SET kind = 'added' WHERE number = 1", "event 1 is not as it was written"),
        ("UPDATE requests_app_teamevent SET by_id = NULL WHERE number = 2", "event 2 is not as it was written"),
        ("DELETE FROM requests_app_teamevent WHERE number = 2", "its last events are missing"),
        ("DELETE FROM requests_app_teamevent WHERE number = 1", "event 2 stands where 1 should"),
        ("UPDATE requests_app_teamlog SET count = 1", "its last events are missing"),
    ],
)
def test_tampering_is_found(sql, found, team):
    team.invite()
    assert list(offenders()) == []

    past_the_services(sql)

    assert found in " ".join(teams.team_logs_are_whole())


def test_event_moved_to_another_team_is_found(team):
    """The signature names the shop or partner: a log cannot be passed off as another's."""
    other = {"shop": "partner", "partner": "shop"}[team.kind]
    TeamLog.objects.update(**{f"{team.kind}_id": None, f"{other}_id": team.of.pk})

    assert "event 1 is not as it was written" in " ".join(teams.team_logs_are_whole())


def test_member_whom_no_event_made_is_found(team):
    user = UserFactory()
    team.of.members.create(user=user, role="viewer")

    [line] = offenders()

    assert (
        line
        == f"{team.kind} {team.of.pk}: log {TeamLog.objects.get().pk} does not lead to what the members [{user.pk}] are"
    )


@pytest.mark.parametrize("role", ["viewer", ""])
def test_role_that_no_event_gave_is_found(role, team):
    member = team.add(team.works)
    rows = team.of.members.filter(pk=member.pk)
    rows.update(role=role) if role else rows.delete()

    assert len(list(teams.members_are_those_of_their_log())) == 1


def test_offers_of_who_is_no_owner_are_found(team):
    member, second = team.add("viewer"), team.add("owner")
    team.invite(by=second.user)
    team.offer(member, by=second.user)
    assert list(teams.offers_of_teams_are_by_owners()) == []

    team.of.members.filter(pk=second.pk).update(role="viewer")

    assert list(teams.offers_of_teams_are_by_owners()) == [
        f"invitation {Invitation.objects.get().pk}: waits, but is by nobody who owns the {team.kind}",
        f"hand-over {HandOver.objects.get().pk}: waits, but not of an owner to another member",
    ]


def test_approved_partner_without_an_owner_is_found(partner):
    partner.members.update(role="viewer")

    assert list(teams.approved_partners_have_an_owner()) == [f"partner {partner.pk}: approved, but has no owner"]


# What stood before there were logs


def without_log(team):
    past_the_services("DELETE FROM requests_app_teamevent")
    TeamLog.objects.all().delete()


def test_older_team_begins_its_log_with_the_members_it_had(team):
    member = team.add("viewer")
    without_log(team)

    team.change_role(member, team.works)

    assert team.log() == [("began", None), ("role_changed", member.user_id)]
    began = TeamEvent.objects.get(kind="began")
    assert began.data == {"members": sorted([[team.owner.pk, "owner"], [member.user_id, "viewer"]])}
    assert list(offenders()) == []


def test_older_team_gets_its_log_in_the_night(team):
    without_log(team)
    MigrationRecorder.Migration.objects.filter(app="requests_app", name=teams.CAME_WITH).update(
        applied=clock.now() - timedelta(days=3)
    )
    assert list(teams.teams_have_logs()) == [f"{team.kind} {team.of.pk}: has members, but no log of them"]

    log.begin_missing()
    log.begin_missing()

    assert team.log() == [("began", None)]
    assert list(offenders()) == []


def test_since_is_told_of_members_before_the_log_too(team):
    old = team.add("viewer")
    without_log(team)
    person = UserFactory(email="new@example.com")
    invitation = team.invite()
    services.join(token=token_of(invitation), by=person)

    since = {row.user_id: row.since for row in reading.members_of(team.kind, team.of)}

    assert set(since) == {team.owner.pk, old.user_id, person.pk}
    assert None not in since.values()


def test_members_are_read_in_one_query_however_many(team, django_assert_num_queries):
    for _number in range(12):
        team.add("viewer")

    with django_assert_num_queries(1):
        rows = list(reading.members_of(team.kind, team.of))
        assert len({(str(row.user), row.since, row.second_factor) for row in rows}) == 13


# Staff, in the admin


def test_several_changes_at_once_are_recorded_each(team, staff):
    """Also where the log begins with them: it begins with what was before all of them."""
    lowered, removed = team.add("owner"), team.add("viewer")
    without_log(team)
    added = UserFactory()
    team.of.members.filter(pk=lowered.pk).update(role="viewer")
    team.of.members.filter(pk=removed.pk).delete()
    team.of.members.create(user=added, role=team.works)
    changes = [(lowered.user, "owner", "viewer"), (removed.user, "viewer", ""), (added, "", team.works)]

    with transaction.atomic():
        members_changed.send(type(team.of), of=team.of, changes=changes, by=staff, founded=False)

    assert team.log() == [
        ("began", None),
        ("role_changed", lowered.user_id),
        ("removed", removed.user_id),
        ("added", added.pk),
    ]
    assert set(TeamEvent.objects.exclude(kind="began").values_list("actor", "by")) == {("staff", staff.pk)}
    assert list(teams.members_are_those_of_their_log()) == []


def test_command_proves_the_logs(team):
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert out.getvalue() == "All invariants hold.\n"
    assert User.objects.filter(pk=team.owner.pk).exists()


def test_log_of_an_application_that_staff_deleted_stays(db):
    partner = PartnerFactory(status="applied")
    owner = partner.members.get().user_id

    partner.delete()

    assert TeamEvent.objects.values_list("kind", "person").get() == ("founded", owner)
    assert TeamLog.objects.get().of is None
    assert list(offenders()) == []
