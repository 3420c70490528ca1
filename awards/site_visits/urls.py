from django.urls import path

from . import views

urlpatterns = [path("applications/<int:pk>/site-visit/", views.site_visit, name="site_visit")]
