"""Every page of one request, while another connection does a verb between two of its queries.

Page, verb and place are all combined. A page that read its rows at two moments would meet a status without the
authorisation that belongs to it; it is answered with a 500 then, or, by a POST, too.
"""

import random
import threading

from django.db import connection
from django.urls import reverse

from requests_app import services
from requests_app.models import Share
from tests.client import SignedInClient
from tests.factories import PartnerFactory, ShopFactory, UserFactory, details_of, make_request, with_second_factor
from tests.faults import acts

MOST_QUERIES = 60  # of a page: places tried are below
AREAS = {"products": "view", "orders": "manage"}
INCOMPLETE = {"area_orders": "nonsense"}  # a form that is shown again

VERBS = {  # in the status: what others do, each as (share, seller, partner) -> None
    "reviewing": {
        "accept": lambda share, _seller, partner: services.accept_share(share_id=share.pk, by=partner, version=1),
        "reject": lambda share, _seller, partner: services.reject_share(share_id=share.pk, by=partner, reason="budget"),
    },
    "accepted": {
        "authorise": lambda share, seller, _partner: services.authorise_share(
            share_id=share.pk, by=seller, areas=AREAS, days=30
        ),
        "withdraw": lambda share, _seller, partner: services.withdraw_share(
            share_id=share.pk, by=partner, reason="budget"
        ),
    },
    "connected": {
        "renew": lambda share, seller, _partner: services.renew_share(
            share_id=share.pk, by=seller, areas=AREAS, days=90
        ),
        "revoke": lambda share, seller, _partner: services.revoke_share(share_id=share.pk, by=seller),
        "end": lambda share, _seller, partner: services.end_connection(share_id=share.pk, by=partner, reason="done"),
    },
}
ALWAYS = {
    "close for it": lambda share, seller, _partner: services.close_share(share_id=share.pk, by=seller),
    "close": lambda share, seller, _partner: services.close_request(request_id=share.request_id, by=seller),
    "edit": lambda share, seller, _partner: services.edit_request(
        request_id=share.request_id,
        by=seller,
        version=1,
        details=details_of(category=share.request.category, budget=2500),
        request_type="choose",
        hide_contact=True,
    ),
}
OF_REQUEST = ("seller:request", "seller:request_edit", "seller:request_close")
OF_SHARE = ("seller:share_authorise", "seller:share_renew", "seller:share_revoke", "seller:share_close")
PORTAL = ("portal:share", "portal:accept", "portal:reject", "portal:withdraw", "portal:close")
LISTS = {"seller": ("seller:home", "seller:my_requests"), "partner": ("portal:inbox", "portal:insights")}


class World:
    def __init__(self):
        self.people = {"seller": UserFactory(), "partner": UserFactory()}
        self.people["staff"] = with_second_factor(UserFactory(is_staff=True, is_superuser=True))
        self.shop = ShopFactory(owner=self.people["seller"])
        self.partner = PartnerFactory(owner=self.people["partner"], capacity=30_000)
        self.clients = {role: SignedInClient(raise_request_exception=False) for role in self.people}
        for role, client in self.clients.items():
            client.force_login(self.people[role])

    def share(self, status):
        """Return a share of a new request that was brought to this status."""
        share = make_request(self.shop, [self.partner]).shares.get()
        for verb, of in (("accept", "reviewing"), ("authorise", "accepted")):
            if list(VERBS).index(status) > list(VERBS).index(of):
                self.do(VERBS[of][verb], share)
        return Share.objects.select_related("request__category").get(pk=share.pk)

    def do(self, act, share):
        act(share, self.people["seller"], self.people["partner"])


def pages_of(share):
    """Yield (role, method, URL) of every page about this share."""
    for name in OF_REQUEST:
        yield "seller", "get", reverse(name, args=[share.request.reference])
    for name in OF_SHARE:
        url = reverse(name, args=[share.request.reference, share.reference])
        yield "seller", "get", url
        if name in ("seller:share_authorise", "seller:share_renew"):
            yield "seller", "post", url
    for name in PORTAL:
        yield "partner", "get", reverse(name, args=[share.reference])
    for role, names in LISTS.items():
        yield from ((role, "get", reverse(name)) for name in names)
    yield "staff", "get", reverse("admin:requests_app_partnerrequest_change", args=[share.request_id])
    yield "staff", "get", reverse("admin:requests_app_share_change", args=[share.pk])


class Between:
    """Does the act before the n-th query of a page, on a connection of its own; `done` says whether it came to it."""

    def __init__(self, place, act):
        self.place, self.act, self.seen, self.done, self.error = place, act, 0, False, None

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("SELECT", "WITH")):
            self.seen += 1
            if self.seen == self.place and not self.done:
                self.done = True
                self._do()
        return execute(sql, params, many, context)

    def _do(self):
        thread = threading.Thread(target=self._run)
        thread.start()
        thread.join(30)
        assert self.error is None, self.error

    def _run(self):
        try:
            self.act()
        except Exception as error:
            self.error = error
        finally:
            connection.close()


def loaded(world, status, verb, number, place):
    """Load page `number` with the verb done before its query `place`; return (what it was, response), or None."""
    share = world.share(status)
    act = (VERBS[status] | ALWAYS)[verb]
    role, method, url = list(pages_of(share))[number]
    between = Between(place, lambda: world.do(act, share))
    with connection.execute_wrapper(between):
        response = getattr(world.clients[role], method)(url, INCOMPLETE)
    if not between.done:
        return None
    return f"{method} {url}, {status}, {verb} before query {place}", response


def walk(world, kinds, places):
    """Load each of these (status, verb, page); yield (what, status code) of each load that a verb came between.

    `places` gives the places to try, of which those beyond the page's last query end it.
    """
    for status, verb, number in kinds:
        for place in places():
            if (found := loaded(world, status, verb, number, place)) is None:
                break
            yield found[0], found[1].status_code


def kinds_of(world):
    return [
        (status, verb, number)
        for status in VERBS
        for verb in VERBS[status] | ALWAYS
        for number in range(len(list(pages_of(world.share(status)))))
    ]


def run(rounds):
    """Give rows of (what, number, wanted): a kind of load at every place for each round, drawn at random."""
    acts.clear()
    world = World()
    kinds = kinds_of(world)
    chosen = random.sample(kinds, min(len(kinds), 2 * rounds))
    loads = list(walk(world, chosen, lambda: range(1, MOST_QUERIES)))
    wrong = [what for what, code in loads if code >= 500]
    return [
        ("kinds of load", len(chosen), None),
        ("loads with a verb in between", len(loads), None),
        ("answered with 500", len(wrong), 0),
        *((f"  {what}"[:150], 1, 0) for what in wrong[:10]),
    ]
