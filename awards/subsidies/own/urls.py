from django.urls import path

from . import views

urlpatterns = [
    path("organisations/<int:pk>/money/", views.organisation_money, name="organisation_money"),
    path("organisations/<int:pk>/money/statement/", views.organisation_statement, name="organisation_statement"),
]
