from django.urls import path

from bench.floor import views

urlpatterns = [path("requests/", views.MyRequests.as_view()), path("portal/", views.Inbox.as_view())]
