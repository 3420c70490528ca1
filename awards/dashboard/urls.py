from django.urls import path

from . import views

urlpatterns = [
    path("leadership/", views.dashboard, name="dashboard"),
    path("leadership/<int:pk>/<slug:figure>/", views.figure_list, name="dashboard_list"),
    path("leadership/money/<int:year>/<slug:figure>/", views.payment_list, name="dashboard_payments"),
    path("leadership/reconciliation/<int:pk>/", views.reconciliation, name="dashboard_reconciliation"),
    path("leadership/authorise/<int:pk>/", views.entitlement_authorise, name="entitlement_authorise"),
]
