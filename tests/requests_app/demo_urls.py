"""The product's URLs with those that a demo site has besides."""

from django.urls import include, path

from shoppartners.urls import urlpatterns as product

urlpatterns = [*product, path("demo/", include("requests_app.demo.urls"))]
