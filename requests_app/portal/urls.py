from django.urls import path

from requests_app.portal import conversation_views, own_settings, proposal_views, views
from requests_app.team_pages.sides import PARTNER_TEAM
from requests_app.team_pages.urls import team_urls

app_name = "portal"
SHARE = "requests/<slug:reference>/"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("reject/", views.reject_several, name="reject_several"),
    path(SHARE, views.share, name="share"),
    path(f"{SHARE}contact/", views.contact, name="contact"),
    path(f"{SHARE}message/", conversation_views.message, name="message"),
    path(f"{SHARE}accept/", views.accept, name="accept"),
    path(f"{SHARE}proposal/", proposal_views.propose, name="propose"),
    path(f"{SHARE}proposal/withdraw/", proposal_views.withdraw, name="withdraw_proposal"),
    path(f"{SHARE}reject/", views.reject, name="reject"),
    path(f"{SHARE}withdraw/", views.withdraw, name="withdraw"),
    path(f"{SHARE}close/", views.close, name="close"),
    path(f"{SHARE}block/", views.block, name="block"),
    path("profile/", own_settings.profile, name="profile"),
    path("profile/contact/", own_settings.contact, name="partner_contact"),
    path("profile/second-factor/", own_settings.second_factor, name="second_factor"),
    path("availability/", views.availability, name="availability"),
    path("availability/unblock/", views.unblock, name="unblock"),
    *team_urls("team/", PARTNER_TEAM, views.for_partner),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("insights/", views.insights, name="insights"),
]
