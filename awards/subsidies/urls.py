from django.urls import path

from . import views

urlpatterns = [
    path("organisations/<int:pk>/money/", views.organisation_money, name="organisation_money"),
    path("organisations/<int:pk>/money/paper/", views.organisation_money_paper, name="organisation_money_paper"),
]
