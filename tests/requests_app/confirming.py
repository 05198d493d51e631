"""Requests whose contact email waits to be confirmed, and the link that does it, for the tests of both."""

import re

from accounts import outbox
from requests_app.models import PartnerRequest
from tests.factories import make_request
from tests.mailboxes import mails_sent

FOREIGN, OTHER = "desk@elsewhere.example", "second@elsewhere.example"


def fresh(request):
    return PartnerRequest.objects.select_related("shop").get(pk=request.pk)


def ask_unconfirmed(shop, picks=(), address=FOREIGN, **given):
    return make_request(shop, picks, contact_email=address, confirmed=False, **given)


def link_of_last_mail():
    outbox.deliver.call()
    return re.findall(r"/accounts/contact/\S+/", "\n".join(sent.body for sent in mails_sent()))[-1]


def confirm(client, link):
    assert client.post(link).status_code == 302


def heading(client, link, status=200):
    response = client.get(link)
    assert response.status_code == status
    return re.search(r"<h1>\s*(.*?)\s*</h1>", response.text, re.DOTALL)[1]
