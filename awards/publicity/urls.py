from django.urls import path

from . import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/<int:pk>/", views.notice, name="notice"),
    path("notices/<int:pk>/object/", views.notice_object, name="notice_object"),
    path("objections/<str:token>/", views.objection_receipt, name="objection_receipt"),
]
