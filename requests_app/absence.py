"""What follows when nobody is left who can act for a shop or answer for a partner.

A partner is taken out of what sellers are offered, like a pause. A shop's open requests are closed, since nobody could
read what partners answer, and partners would go on seeing contact details.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import clock
from accounts.formats import joined
from accounts.verbs import Consequences
from partners.models import Partner
from partners.services import note_who_can_answer
from requests_app import tasks
from requests_app.models import PartnerRequest, Shop

MOST_NAMED = 20


def on_activity_changed(sender, user, by, **kwargs):
    """Deal with the person's shops and partners: a receiver of accounts.signals.activity_changed."""
    note_owners(Shop.objects.filter(members__user=user).values_list("pk", flat=True), by=by)
    note_who_can_answer(Partner.objects.filter(members__user=user).values_list("pk", flat=True))


@transaction.atomic
def note_owners(shop_ids, *, by):
    """Note of these shops whether an owner can sign in. Where none can, a task closes their open requests.

    `by` is the staff who made the last owner inactive, or that owner, who erased their account and is inactive.
    """
    for shop in Shop.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=shop_ids).order_by("pk"):
        nobody = shop.members.exists() and not shop.members.active_owners().exists()
        if nobody == (shop.nobody_since is None):
            shop.nobody_since = clock.now() if nobody else None
            shop.save(update_fields=["nobody_since"])
            if nobody:
                tasks.close_requests_without_owner.enqueue(shop.pk, by.pk, by_staff=by.is_active)


def consequences_of(sender, user, **kwargs):
    """Return what follows when the person is made inactive: a receiver of accounts.signals.activity_changing."""
    owned = Shop.objects.filter(members__user=user, members__role="owner").order_by("name_order")
    shops = [shop for shop in owned if not shop.members.active_owners().exclude(user=user).exists()]
    answering = Partner.objects.filter(members__in=user.partner_members.answering()).order_by("name_order")
    partners = [one for one in answering if not one.members.answering().exclude(user=user).exists()]
    ends = []
    for shop in shops:
        references = PartnerRequest.objects.open().filter(shop=shop).order_by("pk").values_list("reference", flat=True)
        if references:
            named = {"shop": shop.name, "references": joined(references, most=MOST_NAMED)}
            ends.append(_("%(shop)s has no other owner: its open requests are closed: %(references)s.") % named)
    paused = [
        _("%(partner)s keeps its requests, but is offered to nobody while no other member can answer.")
        % {"partner": partner.name}
        for partner in partners
    ]
    return Consequences(
        ends=ends,
        keeps=paused,
        notified=[_("The partners of the requests that are closed.")] if ends else [],
    )
