"""The Celery application. A task started in simulated time runs in the same simulated time."""

import os
from datetime import datetime

from celery import Celery
from celery.contrib.django.task import DjangoTask

from foshan_quality.lib import clock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foshan_quality.settings")


class ClockedTask(DjangoTask):
    """Carries a rehearsal's clock from the sender to the worker in a message header."""

    def apply_async(self, args=None, kwargs=None, **options):
        options["headers"] = {**(options.get("headers") or {}), **clock.as_headers()}
        return super().apply_async(args, kwargs, **options)

    def __call__(self, *args, **kwargs):
        stamp = (self.request.headers or {}).get("simulated") or self.request.get("simulated")
        with clock.at(datetime.fromisoformat(stamp) if stamp else clock.simulated()):
            return super().__call__(*args, **kwargs)


app = Celery("foshan_quality", task_cls=ClockedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["awards", "enterprises"])
