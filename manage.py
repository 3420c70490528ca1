#!/usr/bin/env python
"""Django's command line. With PORTAL=local and no servers named, it brings its own for the time it runs."""

import os
import sys

from foshan_quality.embedded import EmbeddedError, local_services


def main():
    """Run one management command; see `foshan_quality.embedded` for what is started around it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foshan_quality.settings")
    with local_services():
        try:
            from django.core.exceptions import ImproperlyConfigured
            from django.core.management import execute_from_command_line
        except ImportError as error:
            raise EmbeddedError("缺少 Django，请先执行 make setup，并用 .venv/bin/python manage.py 运行。") from error
        try:
            execute_from_command_line(sys.argv)
        except ImproperlyConfigured as error:  # says what to do; where it came from, only when asked
            if "--traceback" in sys.argv:
                raise
            sys.exit(str(error))


if __name__ == "__main__":
    try:
        main()
    except EmbeddedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
