from django.urls import path

from . import own_views as views

urlpatterns = [path("organisations/<int:pk>/money/", views.organisation_money, name="organisation_money")]
