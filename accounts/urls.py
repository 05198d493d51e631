from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_all_notifications, name="read_all_notifications"),
    path("notifications/<int:pk>/read/", views.read_notification, name="read_notification"),
    path("accounts/preferences/", views.preferences, name="preferences"),
    path("accounts/preferences/mails/", views.save_mail_preferences, name="mail_preferences"),
    path("accounts/2fa/first/", views.first_factor, name="first_factor"),
    path("accounts/2fa/first/<str:token>/", views.first_factor_link, name="first_factor_link"),
    path("accounts/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
