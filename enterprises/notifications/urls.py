from django.urls import path

from . import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.inbox_read, name="inbox_read"),
    path("inbox/settings/", views.inbox_settings, name="inbox_settings"),
    path("inbox/<int:pk>/read/", views.message_read, name="message_read"),
]
