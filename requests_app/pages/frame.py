"""What every page's frame shows: area, navigation, memberships, unread notifications. Nothing is read until used."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language

from accounts import clock
from accounts.reading import unknown_to_site
from accounts.required_factor import shuts_out
from requests_app.pages.memberships import PARTNER, SHOP, active_membership, memberships_of
from requests_app.pages.navigation import NAVIGATION, NOTIFICATIONS, PORTAL, SELLER

PUBLIC = "public"
KIND_OF_AREA = {SELLER: SHOP, PORTAL: PARTNER}
AREA_OF_KIND = {SHOP: SELLER, PARTNER: PORTAL}
HOME_OF_KIND = {SHOP: "seller:home", PARTNER: "portal:inbox"}
UNREAD_SHOWN = 99
LONGEST_PATH = 2000


class Frame:
    def __init__(self, request):
        self.request = request

    @cached_property
    def area(self):
        """Where the reader is: by the page, and on pages that both areas share by their active membership."""
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

    @property
    def shut(self):
        """The names of the reader's shops and partners that are shut to them for want of a second factor."""
        return [each.name for each in self.memberships if shuts_out(self.request.user, each.of)]

    @cached_property
    def home(self):
        """URL of the reader's own home, "" where they have none."""
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

    @property
    def unknown(self):
        """What of the reader's own preferences the site does not know any more, as sentences."""
        return list(unknown_to_site(self.request.user)) if self.request.user.is_authenticated else []

    @property
    def languages(self):
        """Those that the pages speak, each under its own name, for the switch."""
        here = get_language()
        return [{"code": code, "name": name, "active": code == here} for code, name in settings.LANGUAGES]

    @property
    def path(self):
        """The page's own address, which choosing a language leads back to."""
        whole = self.request.get_full_path()
        return whole if len(whole) <= LONGEST_PATH else self.request.path

    @property
    def site(self):
        """What this site is called from outside: previews of its public pages hold whole addresses."""
        return settings.SITE_URL

    @property
    def demo_days(self):
        """On a demo site, how many days its clock is ahead; None on any other."""
        return clock.demo_offset().days if settings.DEMO else None

    def _item(self, entry, here):
        return {
            "label": entry.label,
            "icon": entry.icon,
            "url": reverse(entry.url_name) if entry.url_name else "",
            "active": here == entry.url_name or here in entry.pages,
            "count": self.unread if entry is NOTIFICATIONS else "",
            "children": [self._item(child, here) for child in entry.children],
        }


def frame(request):
    return {"platform": settings.PLATFORM_NAME, "frame": Frame(request)}
