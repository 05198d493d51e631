from django.urls import path

from requests_app.team_pages import invitation_views

app_name = "invitations"
urlpatterns = [
    path("<str:token>/", invitation_views.invitation, name="invitation"),
    path("<str:token>/sign-up/", invitation_views.signup, name="signup"),
]
