from django.urls import path

from . import section_views, views

urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("editions/<int:pk>/apply/", views.application_start, name="application_start"),
    path("applications/<int:pk>/", views.application, name="application"),
    path("applications/<int:pk>/sections/<str:key>/", section_views.application_section, name="application_section"),
    path(
        "applications/<int:pk>/documents/<int:document_pk>/remove/",
        section_views.document_remove,
        name="document_remove",
    ),
    path("applications/<int:pk>/check/", views.application_check, name="application_check"),
    path("applications/<int:pk>/receipt/", views.application_receipt, name="application_receipt"),
    path("applications/<int:pk>/dossier/", views.application_dossier, name="application_dossier"),
    path("applications/<int:pk>/withdraw/", views.application_withdraw, name="application_withdraw"),
    path("applications/<int:pk>/reopen/", views.application_reopen, name="application_reopen"),
    path("documents/<int:pk>/", views.document_download, name="document_download"),
]
