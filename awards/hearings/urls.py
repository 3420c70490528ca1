from django.urls import path

from . import views

urlpatterns = [path("applications/<int:pk>/hearing/", views.hearing, name="hearing")]
