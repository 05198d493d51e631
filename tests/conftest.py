from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands import flush
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.utils import translation

from requests_app.integrity import append_only
from tests import figures, locks, migrated, standing
from tests.client import CheckedClient

vocabulary = import_module("partners.migrations.0002_markets_and_categories")


@receiver(post_migrate, dispatch_uid="tests")
def _refill_vocabulary(sender, **kwargs):
    """The flush after a transactional test takes the migrations' rows too: markets and categories come back."""
    if sender.name == "partners" and not apps.get_model("partners", "Market").objects.exists():
        vocabulary.load(apps, None)


_flush = flush.Command.handle


def _flush_without_triggers(self, **options):
    """The database refuses to empty the table of events, but for the flush after a transactional test."""
    append_only.lift()
    return _flush(self, **options)


flush.Command.handle = _flush_without_triggers

pytest_plugins = ["tests.cast"]
locks.watch_all()


def pytest_ignore_collect(collection_path, config):
    """Browser tests are a run of their own: Playwright's loop breaks a later `asyncio.run` in the same process."""
    if collection_path.name == "browser" and not any("browser" in argument for argument in config.args):
        return True
    return None


def pytest_collection_modifyitems(items, config):
    if not settings.ON_POSTGRESQL:
        left_out = [item for item in items if item.get_closest_marker("postgresql")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    items[:] = standing.in_order(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    standing.prepare(item)


def pytest_terminal_summary(terminalreporter):
    for line in figures.lines():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def _migrated_once():
    with migrated.reused():
        yield


@pytest.fixture(scope="session")
def django_db_setup(_migrated_once, django_db_setup, django_db_blocker):
    """pytest-django's, with a database that need not be migrated each time, and in which rows can stand."""
    standing.begin(django_db_blocker)
    yield
    standing.end()


@pytest.fixture(autouse=True)
def _start_afresh():
    """Rate limits live in the cache, and the language in the thread: no test inherits those of another."""
    cache.clear()
    translation.deactivate()


@pytest.fixture(autouse=True)
def _pages_read_once(request):
    """A page is the same on each database: of tests that `make test` runs on both, it is parsed on SQLite."""
    here_alone = any(map(request.node.get_closest_marker, ("postgresql", "once_on_postgresql")))
    CheckedClient.reads = here_alone or not settings.PAGES_READ_ON_SQLITE


@pytest.fixture(autouse=True)
def _locks_in_order():
    locks.broken.clear()
    yield
    locks.check()


@pytest.fixture
def client():
    return CheckedClient()
