from django.urls import path

from . import views

urlpatterns = [path("letters/<int:pk>/download/", views.letter_download, name="letter_download")]
