"""The file of a person's data: written at once where it is small, else by a task, and then kept for a week."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryFile

from django.db import connection, transaction
from django.tasks import task

from accounts import clock
from accounts.models import PersonalFile, PersonalFilePart, User
from accounts.moment import one_moment
from accounts.services import KEEP_FILES
from requests_app.personal.data import number_of_rows, written

SMALL = 2_000_000  # bytes that a page writes while the person waits: some thousand rows
PART = 1_000_000  # bytes of a row of PersonalFilePart
SAID_EACH = 5_000  # rows after which the person's page says how far it is
LOST_AFTER = 3 * 3600  # seconds: a task is not tried again then (shoppartners.worker)


def small(user):
    """Return the file, whole, at its beginning; None where it is larger than SMALL. The caller closes it."""
    file = TemporaryFile()  # noqa: SIM115 - has no name, and is gone once the answer closes it
    with one_moment():
        for text in written(user):
            file.write(text.encode())
            if file.tell() > SMALL:
                file.close()
                return None
    file.seek(0)
    return file


def of(user):
    """Return the person's PersonalFile that is being written or kept, or None."""
    return user.personal_files.filter(asked_at__gt=clock.now() - KEEP_FILES).first()


def is_awaited(file):
    """Return whether a task is to write it still, or is writing it."""
    return file.done_at is None and (clock.now() - file.asked_at).total_seconds() < LOST_AFTER


@transaction.atomic
def ask(*, by):
    """Have a task write the person's file anew, unless one is at it. Raise NotAllowed."""
    User.objects.lock_acting(by)
    file = by.personal_files.select_for_update().first()  # a task may be writing its parts
    if file and is_awaited(file):
        return
    by.personal_files.all().delete()
    PersonalFile.objects.create(user=by)
    write_file.enqueue(by.pk)


def content_of(file):
    """Return the text of a file that is done, as a file at its beginning; the caller closes it.

    None where it has been deleted meanwhile.
    """
    content = TemporaryFile()  # noqa: SIM115 - as in small
    for number in range(-(-file.size // PART)):  # one at a time: each is a megabyte
        part = file.parts.filter(number=number).values_list("content", flat=True).first()
        if part is None:
            return None
        content.write(part)
    content.seek(0)
    return content


@task
def write_file(user_id):
    """Write the file that the person waits for. May be killed and run again; whoever was erased gets none."""
    file = PersonalFile.objects.filter(user=user_id, done_at=None).select_related("user").first()
    if file is None:
        return
    if not file.user.is_active:
        file.delete()  # made active again, they may ask anew
        return
    PersonalFile.objects.filter(pk=file.pk).update(rows=number_of_rows(file.user), rows_written=0)
    with TemporaryFile() as content:
        with _progress_of(file) as note, one_moment():
            for count, text in enumerate(written(file.user), start=1):
                content.write(text.encode())
                if count % SAID_EACH == 0:
                    note(count)
        _store(file, content)


@contextmanager
def _progress_of(file):
    """Yield what notes the number of rows written: on a connection of its own, so that others see it at once."""

    def note(count):
        try:
            PersonalFile.objects.filter(pk=file.pk).update(rows_written=count)
        finally:
            connection.close()

    if connection.in_atomic_block:  # another connection does not see the file
        yield lambda count: None
        return
    with ThreadPoolExecutor(1) as beside:
        yield lambda count: beside.submit(note, count)


@transaction.atomic
def _store(file, content):
    size = content.tell()
    content.seek(0)
    if not PersonalFile.objects.select_for_update().filter(pk=file.pk, done_at=None):  # erased, or written by another
        return
    for number, part in enumerate(iter(lambda: content.read(PART), b"")):
        PersonalFilePart.objects.create(file=file, number=number, content=part)
    PersonalFile.objects.filter(pk=file.pk).update(size=size, done_at=clock.now())
