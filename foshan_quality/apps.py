from django.contrib.admin.apps import AdminConfig

from foshan_quality.celery import app as celery_app

__all__ = ["OfficeConfig", "celery_app"]  # every Django process loads Celery here


class OfficeConfig(AdminConfig):
    """Django's admin with our site in its place."""

    default_site = "foshan_quality.office.Office"
