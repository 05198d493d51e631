from django.urls import path

from requests_app.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("as/", views.become, name="become"),
    path("clock/", views.move_clock, name="move_clock"),
    path("mail/", views.mail_list, name="mail_list"),
    path("mail/<str:key>/", views.mail, name="mail"),
    path("mail/<str:key>/html/", views.mail_html, name="mail_html"),
]
