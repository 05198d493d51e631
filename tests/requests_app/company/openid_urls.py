"""The pages of the provider's process (tests.requests_app.company.openid_provider)."""

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.account.urls")), path("", include("allauth.idp.urls"))]
