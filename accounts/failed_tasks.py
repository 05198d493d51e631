"""Tasks that failed for good: kept for staff, who see what failed where and run it again.

Of an error the type and place are kept, not the message, in which databases quote the values of rows. The log has all.
"""

import traceback
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import FailedTask


def record(path, args, kwargs, error):
    """Record that the task at this path failed with these arguments: one row, however often it fails."""
    failure = {"error": _type_and_place(error), "at": clock.now()}
    FailedTask.objects.update_or_create(path=path, arguments=_arguments(args, kwargs), defaults=failure)


def forget(path, args, kwargs):
    """Delete an earlier failure of the task with these arguments, since it has worked now."""
    FailedTask.objects.filter(path=path, arguments=_arguments(args, kwargs)).delete()


def forget_before(at, paths):
    """Delete what failed before `at` of the tasks at these paths: all were run since then and did not fail again."""
    FailedTask.objects.filter(path__in=paths, at__lt=at).delete()


@transaction.atomic
def run_again(*, failed_id):
    """Queue the task again and take it off the list. Do nothing if somebody else just did.

    Raise NotPossible if this version has no such task.
    """
    failed = FailedTask.objects.select_for_update().filter(pk=failed_id).first()
    if failed is None:
        return
    try:
        task = import_string(failed.path)
    except ImportError:
        raise NotPossible(_("This version of the product has no such task. Remove it from the list.")) from None
    failed.delete()
    task.enqueue(*failed.arguments["args"], **failed.arguments["kwargs"])


def _arguments(args, kwargs):
    return {"args": list(args), "kwargs": dict(kwargs)}


def _type_and_place(error):
    """Return the error's type and its last place in our code: "ValueError in deliver_to, accounts/outbox.py line 6"."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(settings.BASE_DIR)]
    where = [frame for frame in ours if ".venv" not in frame.filename][-1:] or frames[-1:]
    if not where:
        return type(error).__name__
    file = Path(where[0].filename)
    name = file.relative_to(settings.BASE_DIR) if file.is_relative_to(settings.BASE_DIR) else file.name
    return f"{type(error).__name__} in {where[0].name}, {name} line {where[0].lineno}"[:300]
