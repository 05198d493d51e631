"""What a user belongs to, and which membership is the active one.

For rows all memberships count (`visible_to`); the active one chooses the frame and the shop that creates. It is the one
that a form names (`accounts.acting`), else what the session keeps as "shop:3" or "partner:5". Either is checked against
the user's memberships at each request.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _

from accounts import acting
from accounts.acting import PARTNER, SHOP
from accounts.names import words_of
from accounts.required_factor import shuts_out
from partners.asking import Asker
from partners.models import Partner, PartnerMember
from requests_app import availability
from requests_app.models import Shop, ShopMember
from requests_app.policies import Standing, may_submit

SESSION_KEY = acting.SESSION_KEY


@dataclass(frozen=True)
class Membership:
    kind: str  # SHOP or PARTNER
    of: Shop | Partner
    role: str
    role_label: str

    @property
    def key(self):
        return acting.key_of(self.kind, self.of.pk)

    @property
    def name(self):
        return self.of.name


def memberships_of(user, kind=None):
    """All of them, shops first, each kind by name; with `kind`, those alone. Read once a request, kept on the user."""
    if not user.is_authenticated:
        return ()
    kept = user.__dict__.setdefault("_memberships", {})
    for each in [kind] if kind else (SHOP, PARTNER):
        if each not in kept:
            kept.update(_read(user, each))
    return kept[kind] if kind else (*kept[SHOP], *kept[PARTNER])


def _read(user, kind):
    """Return {kind: memberships}; of the other kind too where the query tells that there are none."""
    (other,) = ROWS.keys() - {kind}
    rows = ROWS[kind].filter(user=user).annotate(has_other=Exists(ROWS[other].filter(user=user)))
    rows = list(rows.order_by(f"{kind}__name_order", f"{kind}_id"))
    own = tuple(Membership(kind, getattr(row, kind), row.role, row.get_role_display()) for row in rows)
    return {kind: own, other: ()} if rows and not rows[0].has_other else {kind: own}


ROWS: dict[str, QuerySet[Any]] = {
    SHOP: ShopMember.objects.select_related("shop__market").defer(*words_of("shop", "shop__market")),
    PARTNER: PartnerMember.objects.select_related("partner").defer(*words_of("partner")),
}


def name_acting(request):
    """Have the request act for whom its form or page names."""
    request.acting_for = request.POST.get(acting.FIELD) or request.GET.get(acting.FIELD)


def names_around(user):
    """Return the names of the person's shops and partners."""
    return [membership.name for membership in memberships_of(user)] if user.pk else []


def active_membership(request, kind=None):
    """The membership that was named, else chosen last, else the first; with `kind`, of that kind; None without any."""
    own = memberships_of(request.user, kind)
    for chosen in (getattr(request, "acting_for", None), request.session.get(SESSION_KEY)) if own else ():
        if named := next((m for m in own if m.key == chosen), None):
            return named
    return own[0] if own else None


def active_shop(request):
    """The shop that creates on seller pages; None for who belongs to no shop."""
    membership = active_membership(request, SHOP)
    return membership and membership.of


def asker_of(request):
    """Return the reader as the request form would take them: for the shop that creates, in the reader's role there.

    Who may ask for no shop reads the directory as somebody who has none: without a market, and with the reason.
    """
    if membership := active_membership(request, SHOP):
        shop, decision = membership.of, may_submit(Standing(request.user, shop_role=membership.role))
        if shuts_out(request.user, shop):
            return Asker(refusal=_("%(shop)s takes two-step sign-in. Set it up first.") % {"shop": shop.name})
        if not decision:
            return Asker(refusal=decision.reason)
        return Asker(market=shop.market_id, may_block=True, out_of_reach=availability.hindrances(shop.pk))
    if memberships_of(request.user):
        return Asker(refusal=_("You are signed in as a partner. Only sellers request partners."))
    return Asker()


def currency_of(request):
    """What the reader counts in; "" for who has no shop."""
    shop = active_shop(request)
    return shop.currency if shop else ""


def active_partner(request):
    membership = active_membership(request, PARTNER)
    return membership and membership.of


def switch(request, key):
    """Make one of the user's memberships the active one; return it, or None if `key` is not theirs."""
    membership = next((m for m in memberships_of(request.user) if m.key == key), None)
    if membership:
        acting.choose(request, membership.kind, membership.of.pk)
    return membership
