import structlog
from django.db import transaction

from accounts.services import deactivate
from requests_app.tasks import erase_person

logger = structlog.get_logger(__name__)


@transaction.atomic
def erase_account(*, by):
    """Sign the person out at once, and have a task of the same transaction erase them. Raise NotAllowed.

    What the person alone could do is dealt with by the receivers of activity_changed, which lock their shops: what a
    colleague submits at the same time is there before, to be closed, or is refused.
    """
    deactivate(by=by)
    erase_person.enqueue(by.pk)
    logger.info("account_erasing", user=by.pk)  # who restores an older backup has to know (docs/privacy.md)
