"""Test databases. In a parallel run one process migrates and loads, the others begin with a copy."""

import fcntl
import os
from contextlib import contextmanager

from django.db import connection


def in_parallel():
    """Whether this is one of several test processes."""
    return "PYTEST_XDIST_WORKER" in os.environ


@contextmanager
def shared(folder):
    """Inside, this process makes its database, and the others of the run, which share the folder, wait.

    The first leaves a template behind, the next ones copy it, the last one drops it.
    """
    with (folder / "databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = len(list(folder.glob("database.*")))
        template = f"test_{connection.settings_dict['NAME']}_template"
        connection.settings_dict["TEST"]["TEMPLATE"] = template if made else None
        yield
        connection.close()
        with connection.creation._nodb_cursor() as cursor:
            if made == 0:
                cursor.execute(f'DROP DATABASE IF EXISTS "{template}"')  # of a run that was broken off
                cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{connection.settings_dict["NAME"]}"')
            if made + 1 == int(os.environ["PYTEST_XDIST_WORKER_COUNT"]):
                cursor.execute(f'DROP DATABASE IF EXISTS "{template}"')
        (folder / f"database.{os.environ['PYTEST_XDIST_WORKER']}").touch()
