from django.contrib import admin
from django.urls import path

from shoppartners import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.ReadyView.as_view(), name="readyz"),
    path("admin/", admin.site.urls),
]
