import pytest
from django.db import transaction
from django.tasks import Task, task
from django.utils.module_loading import import_string

from accounts import outbox
from partners import services as partner_services
from requests_app import tasks, timers
from shoppartners.task_backends import OnCommitBackend, ProcrastinateBackend, run_task

done = []


@task
def remember(word, times=1):
    done.extend([word] * times)


@task
def stumble():
    raise ValueError("stumbled")


@pytest.fixture(autouse=True)
def _nothing_done():
    done.clear()


@pytest.fixture
def on_commit(settings):
    settings.TASKS = {"default": {"BACKEND": "shoppartners.task_backends.OnCommitBackend"}}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("on_commit")
class TestOnCommitBackend:
    def test_task_runs_once_the_change_is_committed(self):
        with transaction.atomic():
            remember.enqueue("a", times=2)
            before = list(done)

        assert isinstance(remember.get_backend(), OnCommitBackend)
        assert before == []
        assert done == ["a", "a"]

    def test_task_of_a_change_that_was_rolled_back_never_runs(self):
        with transaction.atomic():
            remember.enqueue("a")
            transaction.set_rollback(True)

        assert done == []

    def test_task_that_fails_does_not_fail_the_change(self, caplog):
        with transaction.atomic():
            stumble.enqueue()
            remember.enqueue("a")

        assert done == ["a"]
        assert "task_failed" in caplog.text


def test_backend_is_the_one_of_the_database(settings):
    assert isinstance(remember.get_backend(), ProcrastinateBackend if settings.ON_POSTGRESQL else OnCommitBackend)


@pytest.mark.django_db
def test_run_task_runs_the_task_at_a_path(db):
    run_task("tests.shoppartners.test_task_backends.remember", ["a"], {"times": 3})

    assert done == ["a", "a", "a"]


@pytest.mark.parametrize(
    "path",
    [
        "accounts.outbox.deliver",
        "partners.services.redo_bands",
        "requests_app.tasks.close_shares_of_suspended_partner",
        "requests_app.tasks.close_requests_without_owner",
        "requests_app.tasks.delete_expired_sessions",
        "requests_app.tasks.erase_person",
        "requests_app.tasks.run_due",
        "requests_app.timers.advance_request",
        "requests_app.timers.advance_proposal",
        "requests_app.timers.advance_share",
        "requests_app.timers.close_share_of_suspended_partner",
        "requests_app.timers.end_pause",
        "requests_app.timers.erase_request",
        "requests_app.timers.release_confirmed",
        "requests_app.timers.try_again",
    ],
)
def test_task_is_found_at_the_path_that_rows_hold(path):
    """A job that waits, or a failed task that staff run again, names its task by this path: it must not move."""
    assert import_string(path).module_path == path


def test_list_of_paths_names_every_task():
    here = next(mark for mark in test_task_is_found_at_the_path_that_rows_hold.pytestmark if mark.name == "parametrize")
    modules = (outbox, partner_services, tasks, timers)
    found = {value.module_path for module in modules for value in vars(module).values() if isinstance(value, Task)}

    assert found == set(here.args[1])
