from django.urls import path

from . import views

OWN = "organisations/<int:pk>/quality-officers/"

urlpatterns = [
    path(OWN + "appoint/", views.quality_officer_appoint, name="quality_officer_appoint"),
    path(OWN + "<int:officer>/end/", views.quality_officer_end, name="quality_officer_end"),
]
