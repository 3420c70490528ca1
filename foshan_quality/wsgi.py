import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foshan_quality.settings")
application = get_wsgi_application()
reverse("account_login")  # imports every page, half a second's work: done before the workers are forked (--preload)
