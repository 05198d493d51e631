"""What is in the menu of the Seller Center and of the portal; the page's frame draws it."""

from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

SELLER, PORTAL = "seller", "portal"
REQUEST_PAGES = (
    "seller:request",
    "seller:request_edit",
    "seller:request_refer",
    "seller:request_close",
    *(f"seller:share_{verb}" for verb in ("authorise", "renew", "revoke", "close")),
)
SHARE_PAGES = tuple(f"portal:{page}" for page in ("share", "contact", "accept", "reject", "withdraw", "close", "block"))
INBOX_PAGES = (*SHARE_PAGES, "portal:reject_several")


class Entry(NamedTuple):
    label: str | Promise
    icon: str
    url_name: str = ""  # "" for a mere heading of its children
    pages: tuple[str, ...] = ()  # further pages that belong to it
    children: tuple["Entry", ...] = ()


PARTNER_HUB = Entry(
    format_lazy(_("{platform} Partner"), platform=settings.PLATFORM_NAME),
    "",
    "seller:partner_hub",
    ("seller:request_new",),
)
NOTIFICATIONS = Entry(_("Notifications"), "bell", "accounts:notifications")
TEAM_ACTS = ("invite", "history", "withdraw", "role", "remove", "leave", "hand_over", "take_over")


def _team(area):
    return Entry(_("Team"), "users", f"{area}:team", tuple(f"{area}:team_{act}" for act in TEAM_ACTS))


NAVIGATION = {
    SELLER: (
        Entry(_("Home"), "home", "seller:home"),
        Entry(_("Apps and Services"), "squares-2x2", children=(PARTNER_HUB,)),
        Entry(_("My Requests"), "document-text", "seller:my_requests", REQUEST_PAGES),
        _team(SELLER),
        Entry(
            _("Settings"),
            "adjustments-horizontal",
            "seller:settings",
            ("seller:block", "seller:second_factor", "seller:sign_in"),
        ),
        NOTIFICATIONS,
    ),
    PORTAL: (
        Entry(_("Inbox"), "inbox", "portal:inbox", INBOX_PAGES),
        Entry(_("Insights"), "chart-bar", "portal:insights"),
        Entry(
            _("Profile"),
            "identification",
            "portal:profile",
            ("portal:partner_contact", "portal:second_factor", "portal:sign_in"),
        ),
        Entry(_("Availability"), "calendar-days", "portal:availability"),
        _team(PORTAL),
        NOTIFICATIONS,
    ),
}
