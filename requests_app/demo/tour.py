"""Five minutes through the demo, as the people of each step."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests_app.demo.people import PARTNER, REVIEWER, SELLER, STAFF, Person


class Step(NamedTuple):
    person: Person
    title: str | Promise
    text: str | Promise
    path: str  # where it begins


STEPS = (
    Step(
        SELLER,
        _("Ask for help"),
        _("The seller fills in one form. Northlight Commerce is picked already; add others if you like."),
        "/requests/new/?partner=northlight-commerce",
    ),
    Step(
        REVIEWER,
        _("Answer as the partner"),
        _(
            "The newest request stands last in the inbox, since it is due last. Ask the seller something, show the "
            "contact details, then accept and send a proposal."
        ),
        "/portal/",
    ),
    Step(
        SELLER,
        _("Authorise"),
        _(
            "View Details says whose turn it is and who opened the contact details. Compare proposals, then give areas "
            "of the shop, for as long as you like."
        ),
        "/requests/?status=waiting",
    ),
    Step(
        PARTNER,
        _("Work together"),
        _("The partner sees what it may do and until when. Insights shows how soon it answers."),
        "/portal/?status=in-progress",
    ),
    Step(
        STAFF,
        _("Look over it all"),
        _("The staff desk says what waits: partners to approve, requests that nobody fits, figures of all."),
        "/admin/",
    ),
)
