"""What every page's frame shows: area, navigation, memberships, unread notifications. Nothing is read until used."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from requests_app.memberships import PARTNER, SHOP, active_membership, memberships_of

PUBLIC, SELLER, PORTAL = "public", "seller", "portal"
KIND_OF_AREA = {SELLER: SHOP, PORTAL: PARTNER}
AREA_OF_KIND = {SHOP: SELLER, PARTNER: PORTAL}
HOME_OF_KIND = {SHOP: "seller:home", PARTNER: "portal:inbox"}
UNREAD_SHOWN = 99
SHARE_PAGES = [f"seller:share_{verb}" for verb in ("authorise", "renew", "revoke", "close")]

# An entry: label, icon, URL name, further URL names that belong to it; or label, icon, and a list of entries under it.
NAVIGATION = {
    SELLER: [
        (_("Home"), "home", "seller:home", ()),
        (
            _("Apps and Services"),
            "squares-2x2",
            [
                (
                    format_lazy(_("{platform} Partner"), platform=settings.PLATFORM_NAME),
                    "",
                    "seller:partner_hub",
                    ("seller:request_new",),
                )
            ],
        ),
        (
            _("My Requests"),
            "document-text",
            "seller:my_requests",
            ("seller:request", "seller:request_edit", "seller:request_close", *SHARE_PAGES),
        ),
        (_("Notifications"), "bell", "accounts:notifications", ()),
    ],
    PORTAL: [
        (
            _("Inbox"),
            "inbox",
            "portal:inbox",
            ("portal:share", "portal:contact", "portal:accept", "portal:reject", "portal:withdraw", "portal:close"),
        ),
        (_("Insights"), "chart-bar", "portal:insights", ()),
        (_("Profile"), "identification", "portal:profile", ()),
        (_("Availability"), "calendar-days", "portal:availability", ()),
        (_("Notifications"), "bell", "accounts:notifications", ()),
    ],
}


class Frame:
    def __init__(self, request):
        self.request = request

    @cached_property
    def area(self):
        """Where the reader is: by the page, and on pages that both areas share by his active membership."""
        match = self.request.resolver_match
        if match and match.namespace in NAVIGATION:
            return match.namespace
        membership = active_membership(self.request)
        return AREA_OF_KIND[membership.kind] if membership else PUBLIC

    @cached_property
    def memberships(self):
        return memberships_of(self.request.user)

    @cached_property
    def membership(self):
        """The active one; on a page of one area the active one of that area."""
        return active_membership(self.request, KIND_OF_AREA.get(self.area))

    @cached_property
    def home(self):
        """URL of the reader's own home, "" where he has none."""
        return reverse(HOME_OF_KIND[self.membership.kind]) if self.membership else ""

    @cached_property
    def nav(self):
        if self.area == PUBLIC or not self.membership:
            return []
        match = self.request.resolver_match
        return [self._item(entry, match.view_name if match else "") for entry in NAVIGATION[self.area]]

    @cached_property
    def unread(self):
        """ "" for none, "3", "99+"; at most a hundred rows are counted."""
        if not self.request.user.is_authenticated:
            return ""
        count = self.request.user.notifications.filter(read_at=None)[: UNREAD_SHOWN + 1].count()
        return f"{UNREAD_SHOWN}+" if count > UNREAD_SHOWN else str(count or "")

    def _item(self, entry, here):
        label, icon, target, *more = entry
        if isinstance(target, list):
            children = [self._item(child, here) for child in target]
            return {"label": label, "icon": icon, "url": "", "active": False, "children": children}
        return {
            "label": label,
            "icon": icon,
            "url": reverse(target),
            "active": here == target or here in more[0],
            "count": self.unread if target == "accounts:notifications" else "",
        }


def frame(request):
    return {"platform": settings.PLATFORM_NAME, "frame": Frame(request)}
