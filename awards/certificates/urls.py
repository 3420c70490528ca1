from django.urls import path

from . import public_views, views

urlpatterns = [
    path("certificates/<int:pk>/download/", views.certificate_download, name="certificate_download"),
    path("verify/", public_views.verify_form, name="verify_form"),
    path("verify/file/", public_views.verify_file, name="verify_file"),
    path("verify/<str:code>/", public_views.verify, name="verify"),
]
