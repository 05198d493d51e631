"""For each operation it is said who waits, and for how long."""

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from accounts import operations as ours
from shoppartners import preflight, waiting_migrations
from shoppartners.facts import OK, WARN
from shoppartners.waiting_migrations import A_MOMENT, EVERYBODY, NOBODY, WRITERS, Step, Table

SIZES = {"requests_app_share": Table(2_000_000, 400_000_000), "requests_app_event": Table(10, 8192)}
INDEX = models.Index(fields=["status"], name="share_status")
CHECK = models.CheckConstraint(condition=models.Q(pk__gt=0), name="share_pk")


def key(**options):
    return models.ForeignKey("requests_app.Shop", models.PROTECT, null=True, related_name="+", **options)


@pytest.fixture(scope="module")
def state():
    return MigrationLoader(None).project_state()


def field(state, name):
    return state.models["requests_app", "share"].fields[name]


def told(operation, state):
    return list(waiting_migrations._of_operation("requests_app.0099_x", "requests_app", operation, state, SIZES))


@pytest.mark.once
@pytest.mark.parametrize(
    ("operation", "who", "seconds"),
    [
        (ours.AddIndexOnline("share", INDEX), NOBODY, 20),
        (ours.RemoveIndexOnline("share", "share_status"), NOBODY, 0),
        (ours.AddConstraintUnchecked("share", CHECK), A_MOMENT, 0),
        (ours.CheckOldRows("share", "share_pk"), NOBODY, 4),
        (ours.AddKeyUnchecked("share", "shop", key(db_index=False)), A_MOMENT, 0),
        (ours.CheckOldKeys("share", "shop"), NOBODY, 4),
        (migrations.AddField("share", "note", models.TextField(null=True)), A_MOMENT, 0),
        (migrations.AddField("share", "note", models.TextField(default="", db_default="")), A_MOMENT, 0),
        (migrations.AddField("share", "shop", key()), EVERYBODY, 20),
        (migrations.AddField("share", "shops", models.ManyToManyField("requests_app.Shop")), NOBODY, 0),
        (migrations.AddIndex("share", INDEX), WRITERS, 20),
        (migrations.AddIndex("event", models.Index(fields=["kind"], name="event_kind")), WRITERS, 8192 / 20_000_000),
        (migrations.AddConstraint("share", CHECK), EVERYBODY, 4),
        (AddConstraintNotValid("share", CHECK), A_MOMENT, 0),
        (migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))]), NOBODY, 0),
        (migrations.AlterModelOptions("share", {}), NOBODY, 0),
        (migrations.RunPython(print), NOBODY, None),
    ],
)
def test_step_says_who_waits_and_for_how_long(operation, who, seconds, state):
    (step,) = told(operation, state)

    assert (step.who, step.seconds, step.breaks) == (who, seconds, "")


@pytest.mark.once
@pytest.mark.parametrize(
    ("operation", "breaks"),
    [
        (migrations.AddField("share", "note", models.TextField(default="")), "writes no value into it"),
        (migrations.RemoveField("share", "status"), "must not use it any more"),
        (migrations.RenameField("share", "status", "state"), "does not know the new name"),
        (migrations.DeleteModel("Share"), "must not use it any more"),
        (migrations.AlterField("share", "status", models.IntegerField()), "may read another type"),
    ],
)
def test_step_that_breaks_the_release_that_runs_says_so(operation, breaks, state):
    (step,) = told(operation, state)

    assert breaks in step.breaks
    assert step.is_noticed


@pytest.mark.once
def test_field_that_changes_for_the_models_alone_holds_nobody(state):
    status = field(state, "status").clone()
    status.choices, status.verbose_name = [("x", "X")], "x"

    (step,) = told(migrations.AlterField("share", "status", status), state)

    assert (step.who, step.seconds) == (NOBODY, 0)


@pytest.mark.once
def test_database_operations_alone_count(state):
    index, removal = migrations.AddIndex("share", INDEX), migrations.RemoveField("share", "status")
    both = migrations.SeparateDatabaseAndState([index], [removal])

    assert [step.who for step in told(both, state)] == [WRITERS]


@pytest.mark.once
@pytest.mark.parametrize(
    ("step", "line", "level"),
    [
        (
            Step("a.1", "X", WRITERS, 90, Table(5_000, 3e9)),
            "a.1: X (5,000 rows, 3,000 MB): writers wait, about 90 s.",
            WARN,
        ),
        (
            Step("a.1", "X", NOBODY, 600, Table(5, 1e6)),
            "a.1: X (5 rows, 1 MB): nobody waits, about 10 minutes.",
            OK,
        ),
        (Step("a.1", "fills rows", NOBODY, None), "a.1: fills rows: nobody waits, for as long as its rows take.", OK),
        (Step("a.1", "Drop", A_MOMENT, 0, None, "no use"), "a.1: Drop: everybody waits a moment; no use.", WARN),
        (Step("a.1", "Add", A_MOMENT), "a.1: 1 quick step: everybody waits a moment.", OK),
    ],
)
def test_step_in_words(step, line, level):
    assert [(found.level, found.text) for found in preflight._of_migration("a.1", [step])] == [(level, line)]


def test_plan_of_a_database_that_is_behind(db):
    ((_app, newest),) = MigrationLoader(connection).graph.leaf_nodes("requests_app")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'requests_app' AND name = %s", [newest])

    first, *others = [found.text for found in preflight.to_migrate()]

    assert first.startswith("1 migration to apply")
    if connection.vendor == "postgresql":
        assert others
        assert [line for line in others if not line.startswith(f"requests_app.{newest}: ")] == []


def test_database_that_is_up_to_date_says_so(db):
    assert list(preflight.to_migrate()) == [preflight.Fact(OK, "Every migration of this release is applied.")]
