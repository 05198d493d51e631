"""What people do while something breaks, through the real pages, and how it is seen afterwards what came of it."""

import uuid
from collections import Counter, defaultdict

from django.db import connection
from django.urls import resolve, reverse

from accounts import outbox
from accounts.models import Notification
from accounts.outbox import mail_of
from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.conversation.models import Message
from requests_app.integrity import append_only
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, RequestVersion, Share
from requests_app.proposals.models import Proposal, ProposalVersion
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request, owner_of
from tests.faults.browser import Browser
from tests.faults.mails import handed_over
from tests.requests_app.portal.talks import typed
from tests.worker import empty_queue, requeue

TABLES = (PartnerRequest, RequestVersion, Share, Event, Authorisation, Notification, Message, Proposal, ProposalVersion)


class People:
    """A shop and a partner with room for everything, and a browser signed in for each side."""

    def __init__(self, port):
        seller, partner = UserFactory(), UserFactory()
        self.shop = ShopFactory(owner=seller)
        self.partners = [PartnerFactory(owner=partner, capacity=30_000)]
        self.seller, self.partner = (Browser(port).sign_in(user) for user in (seller, partner))
        self.forms = {}

    def request(self, *, accepted=False):
        """An open request, accepted by its partner or not, of which nobody has to be told any more."""
        request = make_request(self.shop, self.partners)
        if accepted:
            services.accept_share(share_id=request.shares.get().pk, by=owner_of(self.partners[0]), version=1)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_notification WHERE mailed_at IS NULL")
        empty_queue()
        return request

    def form(self, browser, path, having="csrfmiddlewaretoken"):
        """The form of a page of this kind; read once, since each looks the same but for what the act sets itself."""
        key = (browser, having, resolve(path).view_name)
        if key not in self.forms:
            self.forms[key] = browser.form(path, having=having)
        return self.forms[key]


class Act:
    """One act of a person: sent as often as it takes, as a browser sends a form again."""

    def __init__(self, people):
        self.people = people

    def send(self, **headers):
        """Give the response; raises Unanswered."""
        return self.browser.post(self.path, self.data, **headers)


class Submit(Act):
    name = "submit"

    def __init__(self, people):
        super().__init__(people)
        self.browser, self.path = people.seller, reverse("seller:request_new")
        form = people.form(self.browser, self.path, having="form_token")
        details = {
            "company_size": "11-50",
            "platform_gmv": "48000",
            "budget": "2000",
            "request_type": "choose",
            "anyway": "on",
        }
        category = people.partners[0].categories.first()
        picks = [str(partner.pk) for partner in people.partners]
        self.data = form | details | {"category": category.pk, "partners": picks, "form_token": str(uuid.uuid4())}

    def is_done(self):
        return PartnerRequest.objects.filter(form_token=self.data["form_token"]).exists()


class Accept(Act):
    name = "accept"

    def __init__(self, people):
        super().__init__(people)
        self.share = people.request().shares.get(partner=people.partners[0])
        self.browser, self.path = people.partner, reverse("portal:accept", args=[self.share.reference])
        self.data = people.form(self.browser, self.path, having="version")

    def is_done(self):
        return Share.objects.get(pk=self.share.pk).status == "accepted"


class Close(Act):
    name = "close"

    def __init__(self, people):
        super().__init__(people)
        self.request = people.request()
        self.browser, self.path = people.seller, reverse("seller:request_close", args=[self.request.reference])
        token = people.form(self.browser, self.path)["csrfmiddlewaretoken"]
        self.data = {"csrfmiddlewaretoken": token}

    def is_done(self):
        return not PartnerRequest.objects.get(pk=self.request.pk).is_open


class Send(Act):
    """A question of the partner."""

    name = "send"

    def __init__(self, people):
        super().__init__(people)
        self.share = people.request().shares.get(partner=people.partners[0])
        self.browser, self.path = people.partner, reverse("portal:message", args=[self.share.reference])
        page = reverse("portal:share", args=[self.share.reference])
        token = people.form(self.browser, page)["csrfmiddlewaretoken"]
        text = "Do your hosts speak English?"
        self.data = {"csrfmiddlewaretoken": token, "text": text, "token": str(uuid.uuid4())}

    def is_done(self):
        return self.share.messages.count() == 1


class Propose(Act):
    """What the partner of an accepted share offers."""

    name = "propose"

    def __init__(self, people):
        super().__init__(people)
        self.share = people.request(accepted=True).shares.get(partner=people.partners[0])
        self.browser, self.path = people.partner, reverse("portal:propose", args=[self.share.reference])
        token = people.form(self.browser, self.path, having="seen")["csrfmiddlewaretoken"]
        self.data = {"csrfmiddlewaretoken": token} | typed(included="Three streams a week, with our own hosts.")

    def is_done(self):
        return ProposalVersion.objects.filter(proposal__share=self.share).exists()


ACTS = (Submit, Accept, Close, Send, Propose)


def census():
    """How many rows there are of everything that an act writes."""
    counted = {model.__name__: model.objects.count() for model in TABLES}
    counted |= {f"share {status}": 0 for status in ("reviewing", "accepted", "closed")}
    counted |= {
        f"share {status}": number for status, number in Counter(Share.objects.values_list("status", flat=True)).items()
    }
    return counted


def change_since(before):
    """What came to be or went since that census."""
    after = census()
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def deliver_all(site):
    """Ten minutes after a kill: the queue is worked off, and the mail that was in flight comes again."""
    later()
    for _time in range(3):
        site.work()
        if not jobs_left():
            return


def forget_counts():
    """As a day later: no mail is beyond a limit, and each makes its counts anew."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_mailcount")


def later():
    requeue()
    forget_counts()
    outbox.deliver.enqueue()  # as each minute does
    Notification.objects.exclude(sending_until=None).update(sending_until=None)


def jobs_left():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
        return cursor.fetchone()[0]


def undelivered(site):
    """How many notifications were not mailed, or only according to the database."""
    sent = defaultdict(list)
    for notification in Notification.objects.exclude(mailed_at=None).select_related("user").order_by("pk"):
        sent[notification.user_id, notification.mailed_at].append(notification)
    there = {line.split()[0] for line in handed_over(site.mails)}
    missing = [rows for rows in sent.values() if mail_of(rows).extra_headers["Message-ID"] not in there]
    return Notification.objects.filter(mailed_at=None).count() + sum(map(len, missing))


def mails_twice(site):
    return sum(times - 1 for times in handed_over(site.mails).values())


def broken():
    return list(offenders())


def clear():
    """Throw away every shop, partner and request, and what waits in the queue, so that looking at all stays quick."""
    append_only.lift()
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE requests_app_shop, partners_partner, accounts_notification, accounts_accountmail,"
            " accounts_mailcount CASCADE"
        )
    append_only.install()
    empty_queue()
