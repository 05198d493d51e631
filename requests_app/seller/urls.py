from django.urls import path

from requests_app.seller.decorators import for_shop
from requests_app.seller.views import (
    contact,
    conversation,
    form,
    home,
    partners,
    proposals,
    requests,
    settings,
    sign_in,
    signup,
)
from requests_app.team_pages.sides import SELLER_TEAM
from requests_app.team_pages.urls import team_urls

app_name = "seller"
SHARE = "requests/<slug:reference>/partners/<slug:share_reference>/"
urlpatterns = [
    path("accounts/signup/seller/", signup.signup, name="signup"),
    path("accounts/contact/<str:token>/", contact.confirm, name="confirm_contact"),
    path("seller/", home.home, name="home"),
    *team_urls("seller/team/", SELLER_TEAM, for_shop),
    path("seller/settings/", settings.settings, name="settings"),
    path("seller/settings/second-factor/", settings.second_factor, name="second_factor"),
    path("seller/settings/sign-in/", sign_in.sign_in, name="sign_in"),
    path("seller/settings/block/<slug:slug>/", settings.block, name="block"),
    path("seller/settings/unblock/", settings.unblock, name="unblock"),
    path("seller/apps-and-services/partner/", home.partner_hub, name="partner_hub"),
    path("requests/", requests.my_requests, name="my_requests"),
    path("requests/new/", form.new, name="request_new"),
    path("requests/<slug:reference>/", requests.view_details, name="request"),
    path("requests/<slug:reference>/edit/", form.edit, name="request_edit"),
    path("requests/<slug:reference>/refer/", requests.refer, name="request_refer"),
    path("requests/<slug:reference>/confirm/", contact.ask_again, name="request_confirm"),
    path("requests/<slug:reference>/close/", requests.close, name="request_close"),
    path("requests/<slug:reference>/proposals/", proposals.proposals, name="proposals"),
    path(SHARE, conversation.share, name="share"),
    path(f"{SHARE}message/", conversation.message, name="share_message"),
    path(f"{SHARE}authorise/", partners.authorise, name="share_authorise"),
    path(f"{SHARE}renew/", partners.renew, name="share_renew"),
    path(f"{SHARE}revoke/", partners.revoke, name="share_revoke"),
    path(f"{SHARE}close/", partners.close, name="share_close"),
]
