"""The verbs of the stories: each is a service, called by the person of the demo world whose act it is.

`index` says of which story; `who` is a partner's name, or its place among those that were referred.
"""

import uuid
from datetime import timedelta
from decimal import Decimal

from accounts import clock
from partners import services as partner_services
from partners.choices import Start
from partners.models import Category, PartnerMember
from requests_app import automatic, services
from requests_app.conversation import services as conversation
from requests_app.demo import people
from requests_app.demo.stories import NORTHLIGHT, SHOPS, STORIES
from requests_app.models import PartnerRequest, Share
from requests_app.proposals import services as proposals
from requests_app.proposals.models import Price, Proposal
from requests_app.reasons import EndReason, StaffReason
from requests_app.schedule import PROPOSAL_TIME

TOKENS = uuid.UUID("5d0f5fb6-8b1f-4b0e-9a50-6c9b8a1f1f00")
STARTS = (Start.NOW, Start.MONTH, "", Start.QUARTER, Start.MONTH)


def submit(world, index):
    story = STORIES[index]
    person = people.EDITOR if story.shop == "lumen" and index % 3 == 1 else people.SHOP_OWNERS[story.shop]
    request = services.submit_request(
        shop=world.shops[story.shop],
        by=world.user(person),
        form_token=uuid.uuid5(TOKENS, str(index)),
        details=details_of(story, index, person),
        request_type=PartnerRequest.Type.CHOOSE if story.picks else PartnerRequest.Type.REFER,
        hide_contact=story.hidden,
        picks=[world.partners[name].pk for name in story.picks],
    )
    world.requests[index] = request.pk


def details_of(story, index, person):
    shop = SHOPS[story.shop]
    hot_sale_product, other_details = shop.texts[index % len(shop.texts)]
    growth = Decimal(100 + 3 * (index % 9)) / 100
    return {
        "subject": person.name,
        "contact_email": shop.contact_email,
        "location": shop.location,
        "hot_sale_product": hot_sale_product,
        "other_details": other_details,
        "services": story.services.split(),
        "start": STARTS[index % len(STARTS)] if story.services else Start.LOOKING,
        "company_size": shop.size,
        "currency": shop.currency,
        "platform_gmv": (shop.gmv * growth).quantize(Decimal(1)),
        "other_gmv": shop.other_gmv and Decimal(shop.other_gmv),
        "budget": Decimal(story.budget),
        "category": Category.objects.get(name=story.category),
    }


def share_of(world, index, who):
    shares = Share.objects.filter(request=world.requests[index]).select_related("partner")
    if isinstance(who, str):
        return shares.get(partner__name=who)
    return shares.filter(source=Share.Source.REFERRED).order_by("pk")[who - 1]


def owner(share):
    return share.partner.members.get(role=PartnerMember.Role.OWNER).user


def seller(world, index):
    return world.user(people.SHOP_OWNERS[STORIES[index].shop])


def granted(areas):
    return dict(area.split("=") for area in areas.split())


def opens(world, index, who):
    share = share_of(world, index, who)
    by = world.user(people.REVIEWER) if share.partner.name == NORTHLIGHT else owner(share)
    services.open_contact(share_id=share.pk, by=by)


def accepts(world, index, who, message=""):
    share = share_of(world, index, who)
    version = PartnerRequest.objects.values_list("version", flat=True).get(pk=share.request_id)
    services.accept_share(share_id=share.pk, by=owner(share), version=version, message=message)


def asks(world, index, who, text):
    """A question while it reviews, later a message."""
    share = share_of(world, index, who)
    conversation.send_as_partner(share_id=share.pk, by=owner(share), text=text, token=None)


def replies(world, index, who, text):
    share = share_of(world, index, who)
    conversation.send_as_seller(share_id=share.pk, by=seller(world, index), text=text, token=None)


def proposes(world, index, who, price, figure, included, months):
    """`figure` is the amount in the request's currency, or the per cent of a commission."""
    share, now = share_of(world, index, who), clock.now()
    is_commission = price == Price.COMMISSION
    before = Proposal.objects.filter(share=share).values_list("number", flat=True).first()
    proposals.send_proposal(
        share_id=share.pk,
        by=owner(share),
        seen=before or 0,
        terms={
            "services": STORIES[index].services.split(),
            "price": price,
            "amount": None if is_commission else Decimal(figure),
            "percent": Decimal(figure) if is_commission else None,
            "included": included,
            "starts_on": (now + timedelta(days=10)).date(),
            "months": months,
            "valid_until": now + PROPOSAL_TIME,
        },
    )


def takes_back(world, index, who):
    """The proposal."""
    share = share_of(world, index, who)
    proposals.withdraw_proposal(share_id=share.pk, by=owner(share), seen=share.proposal.number)


def rejects(world, index, who, reason, note=""):
    share = share_of(world, index, who)
    services.reject_share(share_id=share.pk, by=owner(share), reason=reason, note=note)


def withdraws(world, index, who, reason):
    share = share_of(world, index, who)
    services.withdraw_share(share_id=share.pk, by=owner(share), reason=reason)


def ends(world, index, who):
    share = share_of(world, index, who)
    services.end_connection(share_id=share.pk, by=owner(share), reason=EndReason.DONE)


def authorises(world, index, who, areas, days, close_others=False):
    services.authorise_share(
        share_id=share_of(world, index, who).pk, by=seller(world, index), areas=granted(areas), days=days,
        close_others=close_others,
    )  # fmt: skip


def authorises_alone(world, index, who, areas, days):
    authorises(world, index, who, areas, days, close_others=True)


def renews(world, index, who, areas, days):
    share = share_of(world, index, who)
    services.renew_share(share_id=share.pk, by=seller(world, index), areas=granted(areas), days=days)


def revokes(world, index, who):
    services.revoke_share(share_id=share_of(world, index, who).pk, by=seller(world, index))


def closes_for(world, index, who):
    services.close_share(share_id=share_of(world, index, who).pk, by=seller(world, index))


def closes(world, index):
    services.close_request(request_id=world.requests[index], by=seller(world, index))


def edits(world, index, changes):
    request = PartnerRequest.objects.get(pk=world.requests[index])
    changed = changes | {"budget": Decimal(changes["budget"])}
    services.edit_request(
        request_id=request.pk, by=seller(world, index), version=request.version, details=request.details() | changed,
        request_type=request.request_type, hide_contact=request.hide_contact,
    )  # fmt: skip


def staff_close(world, index, reason, note):
    by = world.user(people.STAFF)
    services.close_request(request_id=world.requests[index], by=by, staff_reason=reason, staff_note=note)


def staff_close_for(world, index, who):
    by = world.user(people.STAFF)
    services.close_share_as_staff(share_id=share_of(world, index, who).pk, by=by, reason=StaffReason.ASKED)


def staff_refer(world, index, name):
    services.refer_partner(
        request_id=world.requests[index], partner_id=world.partners[name].pk, by=world.user(people.STAFF)
    )


def is_suspended(world, index, name):
    partner = partner_services.suspend_partner(partner_id=world.partners[name].pk, by=world.user(people.STAFF))
    for share_id in list(partner.shares.live().order_by("pk").values_list("pk", flat=True)):
        automatic.close_share_of_suspended_partner(share_id=share_id)


VERBS = {
    verb.__name__: verb
    for verb in (
        accepts, asks, authorises, authorises_alone, closes, closes_for, edits, ends, is_suspended, opens, proposes,
        rejects, renews, replies, revokes, staff_close, staff_close_for, staff_refer, takes_back,
        withdraws,
    )
}  # fmt: skip
