"""The two kinds of team, a shop's and a partner's: what their pages differ in."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.acting import PARTNER, SHOP
from requests_app.pages.frame import AREA_OF_KIND
from requests_app.pages.memberships import memberships_of
from requests_app.policies import Standing
from requests_app.teams.sides import SIDES, Side


@dataclass(frozen=True)
class TeamPages:
    """The pages of one kind of team, in its own area."""

    team: Side
    area_name: Promise

    @property
    def kind(self):
        return self.team.kind

    @property
    def area(self):
        """Return the namespace of the pages, which names the folder of their base template too."""
        return AREA_OF_KIND[self.kind]

    @property
    def base(self):
        return f"{self.area}/base.html"

    @property
    def roles(self):
        return self.team.member.Role

    def url(self, page, *args):
        return reverse(f"{self.area}:{page}", args=args)

    def standing(self, user, of):
        """Return what the user is to the shop or partner, from the memberships that the frame reads anyway."""
        role = next((m.role for m in memberships_of(user, self.kind) if m.of.pk == of.pk), "")
        return self.standing_as(user, role)

    def standing_as(self, user, role):
        return Standing(user, **{f"{self.kind}_role": role})

    def members_visible_to(self, user):
        """Return the members of all the user's own teams of this kind."""
        return self.team.member.objects.filter(**{f"{self.kind}__in": self.team.model.objects.visible_to(user)})


SELLER_TEAM = TeamPages(SIDES[SHOP], _("Seller Center"))
PARTNER_TEAM = TeamPages(SIDES[PARTNER], _("Partner portal"))
PAGES = {SHOP: SELLER_TEAM, PARTNER: PARTNER_TEAM}
