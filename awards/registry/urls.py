from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("guide/", views.guide, name="guide"),
    path("laureates/", views.laureates, name="laureates"),
    path("laureates/data/", views.laureates_data, name="laureates_data"),
    path("laureates/data/schema.json", views.laureates_schema, name="laureates_schema"),
    path("laureates/<int:pk>/", views.laureate, name="laureate"),
    path("laureates.json", views.laureates_json, name="laureates_json"),
    path("laureates.csv", views.laureates_csv, name="laureates_csv"),
]
