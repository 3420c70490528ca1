from django.urls import path

from . import paper_views, section_views, views, writing_views

urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("editions/<int:pk>/apply/", views.application_start, name="application_start"),
    path("editions/<int:pk>/self-check/", paper_views.self_check, name="self_check"),
    path("applications/<int:pk>/", views.application, name="application"),
    path("applications/<int:pk>/sections/<str:key>/", section_views.application_section, name="application_section"),
    path(
        "applications/<int:pk>/sections/<str:key>/autosave/",
        writing_views.application_autosave,
        name="application_autosave",
    ),
    path("applications/<int:pk>/texts/<str:key>/", writing_views.answer_history, name="answer_history"),
    path("applications/<int:pk>/texts/<str:key>/preview/", writing_views.answer_preview, name="answer_preview"),
    path(
        "applications/<int:pk>/texts/<str:key>/versions/<int:version_pk>/restore/",
        writing_views.answer_restore,
        name="answer_restore",
    ),
    path(
        "applications/<int:pk>/documents/<int:document_pk>/remove/",
        section_views.document_remove,
        name="document_remove",
    ),
    path(
        "applications/<int:pk>/documents/<int:document_pk>/restore/",
        section_views.document_restore,
        name="document_restore",
    ),
    path("applications/<int:pk>/samples/<slug:key>/", section_views.sample_form, name="sample_form"),
    path("applications/<int:pk>/documents/<int:document_pk>/move/", section_views.document_move, name="document_move"),
    path("applications/<int:pk>/check/", views.application_check, name="application_check"),
    path("applications/<int:pk>/receipt/", views.application_receipt, name="application_receipt"),
    path("applications/<int:pk>/dossier/", views.application_dossier, name="application_dossier"),
    path(
        "applications/<int:pk>/versions/<int:version>/changes/",
        views.application_differences,
        name="application_differences",
    ),
    path(
        "applications/<int:pk>/receipt/print/", paper_views.application_receipt_print, name="application_receipt_print"
    ),
    path("applications/<int:pk>/book/", paper_views.application_book, name="application_book"),
    path("applications/<int:pk>/stamped/", paper_views.application_stamped, name="application_stamped"),
    path("applications/<int:pk>/stamped/<int:scan_pk>/remove/", paper_views.scan_remove, name="scan_remove"),
    path("applications/<int:pk>/withdraw/", views.application_withdraw, name="application_withdraw"),
    path("applications/<int:pk>/reopen/", views.application_reopen, name="application_reopen"),
    path("printouts/<int:pk>/", paper_views.printout_download, name="printout_download"),
    path("scans/<int:pk>/", paper_views.scan_download, name="scan_download"),
    path("scans/<int:pk>/pages/<int:number>/", paper_views.scan_pages, name="scan_pages"),
    path("scans/<int:pk>/pages/<int:number>/picture/", paper_views.scan_picture, name="scan_picture"),
    path("documents/<int:pk>/", views.document_download, name="document_download"),
    path("documents/<int:pk>/pages/<int:number>/", paper_views.document_pages, name="document_pages"),
    path("documents/<int:pk>/pages/<int:number>/picture/", paper_views.document_picture, name="document_picture"),
]
