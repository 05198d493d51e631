"""Tasks that failed for good: what staff see of them, and running them again."""

import pytest
from django.tasks import task
from django.urls import reverse

from accounts import failed_tasks
from accounts.exceptions import NotPossible
from accounts.models import FailedTask
from shoppartners.task_backends import run_task
from tests.cast import login
from tests.staff import allow, messages_of

pytestmark = pytest.mark.once_on_postgresql

done = []
VIEW, CHANGE = "accounts.view_failedtask", "accounts.change_failedtask"


@task
def answer(number, word=""):
    if not done:
        raise ValueError("Failing row contains (Ann Whitfield, ann@example.com)")
    done.append((number, word))


@pytest.fixture
def failed(db):
    """A task of ours that failed for good; it works once something was done."""
    done.clear()
    with pytest.raises(ValueError, match="Failing row"):
        run_task("tests.accounts.test_failed_tasks.answer", [7], {"word": "x"})
    return FailedTask.objects.get()


@pytest.fixture
def at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "shoppartners.task_backends.OnCommitBackend"}}


def test_failure_is_kept_with_its_place_and_no_message(failed):
    assert (failed.path, failed.arguments) == (
        "tests.accounts.test_failed_tasks.answer",
        {"args": [7], "kwargs": {"word": "x"}},
    )
    assert failed.error.startswith("ValueError in answer, tests/accounts/test_failed_tasks.py line ")
    assert "Ann" not in failed.error


def test_failure_is_kept_once_however_often_it_happens(failed):
    for number in (7, 7, 8):
        with pytest.raises(ValueError, match="Failing row"):
            run_task(failed.path, [number], {"word": "x"})

    assert FailedTask.objects.count() == 2


def test_attempt_that_is_not_the_last_is_not_kept(db):
    done.clear()
    with pytest.raises(ValueError, match="Failing row"):
        run_task("tests.accounts.test_failed_tasks.answer", [7], {}, is_last=False)

    assert not FailedTask.objects.exists()


def test_task_that_works_again_is_no_failure_any_more(failed):
    done.append("repaired")

    run_task(failed.path, [8], {"word": "x"})
    still = FailedTask.objects.count()
    run_task(failed.path, [7], {"word": "x"})

    assert (still, FailedTask.objects.count()) == (1, 0)


def test_task_of_an_earlier_version_stays_and_says_so(db):
    row = FailedTask.objects.create(
        path="accounts.gone.task", arguments={"args": [], "kwargs": {}}, error="x", at="2026-11-20T12:00Z"
    )

    with pytest.raises(NotPossible, match="no such task"):
        failed_tasks.run_again(failed_id=row.pk)

    assert FailedTask.objects.count() == 1


def test_staff_run_it_again(desk, failed, at_once, django_capture_on_commit_callbacks):
    url = reverse("admin:accounts_failedtask_run-again", args=[failed.pk])
    done.append("repaired")

    listed = desk.get(reverse("admin:accounts_failedtask_changelist")).text
    asked = desk.get(url)
    with django_capture_on_commit_callbacks(execute=True):
        response = desk.post(url)

    assert failed.error in listed
    assert (asked.status_code, FailedTask.objects.count()) == (200, 0)
    assert messages_of(response) == ["The task is queued again."]
    assert done[1:] == [(7, "x")]


def test_second_click_does_nothing(desk, failed, at_once):
    failed_tasks.run_again(failed_id=failed.pk)

    failed_tasks.run_again(failed_id=failed.pk)

    assert desk.post(reverse("admin:accounts_failedtask_run-again", args=[failed.pk])).status_code == 404


@pytest.mark.parametrize(("permissions", "status"), [((), 403), ((VIEW,), 403), ((VIEW, CHANGE), 302)])
def test_running_again_takes_the_permission(client, clerk, failed, permissions, status, at_once):
    login(client, allow(clerk, *permissions) if permissions else clerk)

    assert client.post(reverse("admin:accounts_failedtask_run-again", args=[failed.pk])).status_code == status
    assert FailedTask.objects.exists() is (status != 302)


def test_desk_counts_failed_tasks(desk, failed):
    line = next(line for line in desk.get(reverse("admin:index")).context["desk"] if "Tasks" in line.label)

    assert (line.count, line.url) == ("1", reverse("admin:accounts_failedtask_changelist"))


@pytest.mark.parametrize("rows", [1, 30])
def test_list_costs_the_same_for_any_number_of_rows(desk, db, django_assert_num_queries, rows):
    FailedTask.objects.bulk_create(
        FailedTask(path="a.b", arguments={"args": [number], "kwargs": {}}, error="x", at="2026-11-20T12:00Z")
        for number in range(rows)
    )

    with django_assert_num_queries(5):
        desk.get(reverse("admin:accounts_failedtask_changelist"))
