"""Index of the pages of `awards`: public, applicant, leaders. Staff and experts work under /office/."""

from django.urls import include, path

urlpatterns = [
    path("", include("awards.registry.urls")),
    path("", include("awards.applications.urls")),
    path("", include("awards.letters.urls")),
    path("", include("awards.site_visits.urls")),
    path("", include("awards.hearings.urls")),
    path("", include("awards.feedback.urls")),
    path("", include("awards.publicity.urls")),
    path("", include("awards.certificates.urls")),
    path("", include("awards.subsidies.own.urls")),
    path("", include("awards.revocations.urls")),
    path("", include("awards.dashboard.urls")),
]
