from django.urls import path

from . import views

urlpatterns = [path("applications/<int:pk>/revocation/", views.revocation, name="revocation")]
