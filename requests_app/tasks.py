"""What runs behind the pages, one request a transaction; each may run twice, or be killed and run again."""

from django.tasks import task

from requests_app import automatic, erasure, timers
from requests_app.models import Share


def on_partner_suspended(sender, partner, by, **kwargs):
    close_shares_of_suspended_partner.enqueue(partner.pk)


@task
def run_due():
    """What comes round each minute. The next one must not wait for a mail server."""
    timers.run_timers(mail=None)


@task
def erase_person(user_id):
    erasure.erase_person(user_id=user_id)


@task
def close_shares_of_suspended_partner(partner_id):
    for share_id in Share.objects.live().filter(partner=partner_id).order_by("id").values_list("pk", flat=True):
        automatic.close_share_of_suspended_partner(share_id=share_id)
