"""Every address of the site. Each route names the capability it needs."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
