"""Tasks that failed for good: kept for staff, who see what failed where and run it again.

Of the error its kind and place are kept, not its message: databases quote the values of rows there. The log has it all.
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
    """Keep that the task at this path failed with these arguments; once, however often it does."""
    told = {"error": _told(error), "at": clock.now()}
    FailedTask.objects.update_or_create(path=path, arguments=_arguments(args, kwargs), defaults=told)


def forget(path, args, kwargs):
    """It worked: an earlier failure of the same needs nobody any more."""
    FailedTask.objects.filter(path=path, arguments=_arguments(args, kwargs)).delete()


def forget_before(at, paths):
    """The tasks at these paths were all run since then: one that failed earlier and not again needs nobody any more."""
    FailedTask.objects.filter(path__in=paths, at__lt=at).delete()


@transaction.atomic
def run_again(*, failed_id):
    """Queue the task once more and take it off the list; nothing happens when somebody else just did."""
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


def _told(error):
    """ "ValueError in deliver_to, accounts/outbox.py line 62": the last place in our own code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(settings.BASE_DIR)]
    where = [frame for frame in ours if ".venv" not in frame.filename][-1:] or frames[-1:]
    if not where:
        return type(error).__name__
    file = Path(where[0].filename)
    name = file.relative_to(settings.BASE_DIR) if file.is_relative_to(settings.BASE_DIR) else file.name
    return f"{type(error).__name__} in {where[0].name}, {name} line {where[0].lineno}"[:300]
