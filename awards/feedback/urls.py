from django.urls import path

from . import views

urlpatterns = [
    path("applications/<int:pk>/feedback/", views.feedback, name="feedback"),
    path("applications/<int:pk>/feedback/download/", views.feedback_download, name="feedback_download"),
]
