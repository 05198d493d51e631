from django.urls import path

from requests_app.company import views

app_name = "company"
urlpatterns = [
    path("company/", views.sign_in, name="sign_in"),
    path("oidc/<slug:provider_id>/login/callback/", views.oidc_callback, name="oidc_callback"),
    path("saml/<slug:provider_id>/acs/", views.saml_acs, name="saml_acs"),
    path("saml/<slug:provider_id>/finish/<str:ticket>/", views.saml_finish, name="saml_finish"),
    path("saml/<slug:provider_id>/metadata/", views.saml_metadata, name="saml_metadata"),
]
