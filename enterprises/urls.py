"""Index of the pages of `enterprises`: the organisation, its account and people, the inbox."""

from django.urls import include, path

urlpatterns = [
    path("", include("enterprises.organisations.urls")),
    path("", include("enterprises.memberships.urls")),
    path("", include("enterprises.quality_officers.urls")),
    path("", include("enterprises.notifications.urls")),
]
