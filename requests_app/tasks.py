"""What runs behind the pages, one request a transaction; each may run twice, or be killed and run again."""

from django.apps import apps
from django.tasks import task

from accounts import services as accounts_services
from accounts.models import User
from requests_app import automatic, considered, erasure, timers
from requests_app.models import Event, PartnerRequest, Share, Shop, ShopMember
from requests_app.teams import invitations, log


def on_partner_suspended(sender, partner, by, **kwargs):
    close_shares_of_suspended_partner.enqueue(partner.pk)


@task
def run_due():
    """What comes round each minute. The next one must not wait for a mail server."""
    timers.run_timers(mail=None)


@task
def delete_expired_sessions():
    """What comes round each night. The name stays, since jobs and rows hold it."""
    accounts_services.delete_what_is_over()
    considered.forget_old()
    invitations.forget_old()
    log.begin_missing()


@task
def erase_person(user_id):
    erasure.erase_person(user_id=user_id)


@task
def close_requests_without_owner(shop_id, by_id, *, by_staff):
    shop, by = Shop.objects.get(pk=shop_id), User.objects.get(pk=by_id)
    actor = Event.Actor.STAFF if by_staff else Event.Actor.SELLER
    if not shop.members.active_owners().exists():
        for request_id in PartnerRequest.objects.open().filter(shop=shop).order_by("id").values_list("pk", flat=True):
            automatic.close_request_without_owner(request_id=request_id, by=by, actor=actor)


def shops_being_closed():
    """Return the ids of the shops whose open requests a task is about to close, or is closing."""
    if not apps.is_installed("procrastinate.contrib.django"):  # tasks run at once
        return set()
    waiting = apps.get_model("procrastinate", "ProcrastinateJob").objects.filter(status__in=["todo", "doing"])
    closing = waiting.filter(args__path=close_requests_without_owner.module_path)
    erasing = waiting.filter(args__path=erase_person.module_path)
    people = [args["args"][0] for args in erasing.values_list("args", flat=True)]
    shops = {args["args"][0] for args in closing.values_list("args", flat=True)}
    return shops | set(ShopMember.objects.filter(user__in=people).values_list("shop", flat=True))


@task
def close_shares_of_suspended_partner(partner_id):
    for share_id in Share.objects.live().filter(partner=partner_id).order_by("id").values_list("pk", flat=True):
        automatic.close_share_of_suspended_partner(share_id=share_id)
