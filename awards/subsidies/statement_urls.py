from django.urls import path

from . import statement_views as views

urlpatterns = [
    path("organisations/<int:pk>/statement/", views.organisation_statement, name="organisation_statement"),
    path(
        "organisations/<int:pk>/statement/paper/",
        views.organisation_statement_paper,
        name="organisation_statement_paper",
    ),
]
