from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import ListView

from bench.floor.models import PartnerMember, Request, Share, ShopMember


class MyRequests(LoginRequiredMixin, ListView):
    """The newest requests of a seller, each with its partners."""

    template_name = "floor/requests.html"

    def get_queryset(self):
        shop = ShopMember.objects.values_list("shop").filter(user=self.request.user).order_by("id")[:1]
        rows = Request.objects.filter(shop=shop).select_related("category", "shop")
        return rows.prefetch_related("shares__partner").order_by("-created_at", "-id")[:15]


class Inbox(LoginRequiredMixin, ListView):
    """What a partner has to answer, what is due first before the rest."""

    template_name = "floor/inbox.html"

    def get_queryset(self):
        partner = PartnerMember.objects.values_list("partner").filter(user=self.request.user).order_by("id")[:1]
        rows = Share.objects.filter(partner=partner, status="reviewing")
        return rows.select_related("request__shop__market", "request__category").order_by("respond_by", "id")[:20]
