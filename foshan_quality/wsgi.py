import os

from celery import current_app
from django.contrib.auth.password_validation import get_default_password_validators
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from foshan_quality.plain_requests import plain

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foshan_quality.settings")
application = plain(get_wsgi_application())

# Loaded before the workers are forked (--preload), a second's work that each would do at its first requests:
reverse("account_login")  # every page
current_app.connection_for_write()  # what speaks with the broker
get_default_password_validators()  # twenty thousand common passwords
