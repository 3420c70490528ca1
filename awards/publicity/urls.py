from django.urls import path

from . import feeds, views

urlpatterns = [
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("notices/", views.notices, name="notices"),
    path("notices/feed.xml", feeds.notices_feed, name="notices_feed"),
    path("notices/<int:number>/", views.notice_moved, name="notice_moved"),
    path("notices/<slug:address>/", views.notice, name="notice"),
    path("notices/<slug:address>/object/", views.notice_object, name="notice_object"),
    path("objections/", views.objection_find, name="objection_find"),
    path("objections/statements/<int:pk>/", views.statement, name="statement"),
    path("objections/<str:code>/", views.objection_receipt, name="objection_receipt"),
    path("objections/<str:code>/reply/", views.objection_reply, name="objection_reply"),
]
