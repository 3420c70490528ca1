"""Index of the pages of `enterprises`: the organisation, its account, the inbox."""

from django.urls import include, path

urlpatterns = [
    path("", include("enterprises.organisations.urls")),
    path("", include("enterprises.notifications.urls")),
]
