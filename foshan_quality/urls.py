from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("awards.urls")),
    path("", include("enterprises.urls")),
    path("accounts/", include("allauth.urls")),
    path("office/", admin.site.urls),
]

handler400 = "foshan_quality.errors.bad_request"
handler403 = "foshan_quality.errors.forbidden"
handler404 = "foshan_quality.errors.not_found"
handler500 = "foshan_quality.errors.server_error"
