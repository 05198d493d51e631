from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.views import set_language
from requests_app.pages import views
from shoppartners import health
from shoppartners.metrics import page as metrics_page

handler500 = "shoppartners.errors.server_error"
urlpatterns = [
    path("", views.home, name="home"),
    path("switch/", views.switch_membership, name="switch"),
    path("language/", set_language, name="set_language"),
    path("accounts/signup/", views.choose_signup, name="account_signup"),  # before allauth's of the same name
    path("accounts/", include("requests_app.personal.urls")),
    path("accounts/", include("requests_app.company.urls")),
    # allauth's, one by one: of its pages for accounts elsewhere none is used.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("", include("accounts.urls")),
    path("", include("partners.urls")),
    path("", include("requests_app.seller.urls")),
    path("portal/", include("requests_app.portal.urls")),
    path("invitations/", include("requests_app.team_pages.invitation_urls")),
    path("referrals/", views.referrals, name="referrals"),
    path("help/", views.site_page, {"slug": "help"}, name="help"),
    path("privacy/", views.site_page, {"slug": "privacy"}, name="privacy"),
    path("terms/", views.site_page, {"slug": "terms"}, name="terms"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.ReadyView.as_view(), name="readyz"),
    path("metrics", metrics_page.missing, name="metrics"),
    path("favicon.ico", views.favicon),
    path("robots.txt", views.robots, name="robots"),
    path("admin/", admin.site.urls),
]

if settings.DEMO:
    from requests_app.demo import styleguide

    urlpatterns += [
        path("styleguide/", styleguide.styleguide, name="styleguide"),
        path("demo/", include("requests_app.demo.urls")),
    ]
