from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("laureates/", views.laureates, name="laureates"),
    path("laureates.csv", views.laureates_csv, name="laureates_csv"),
]
