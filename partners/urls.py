from django.urls import path

from partners import views

app_name = "partners"
urlpatterns = [
    path("partners/", views.directory, name="directory"),
    path("partners/compare/", views.compare, name="compare"),  # no partner has this slug
    path("amount/", views.read_amount, name="amount"),
    path("partners/<slug:slug>/", views.profile, name="profile"),
    path("accounts/signup/partner/", views.signup, name="signup"),
]
