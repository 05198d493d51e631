from django.urls import path

from requests_app.personal import views

app_name = "personal"
urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/download/", views.download, name="download"),
    path("data/file/", views.file, name="file"),
    path("erase/", views.erase, name="erase"),
]
