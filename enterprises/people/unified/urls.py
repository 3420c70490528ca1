from django.urls import path

from . import views

urlpatterns = [
    path("unified/login/", views.login, name="unified_login"),
    path("unified/login/callback/", views.callback, name="unified_callback"),
]
