"""Test databases. In a parallel run one process migrates and loads, the others begin with a copy."""

import fcntl
import os
from contextlib import contextmanager
from unittest import mock

from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.state import ProjectState


def in_parallel():
    """Whether this is one of several test processes."""
    return "PYTEST_XDIST_WORKER" in os.environ


@contextmanager
def redrawing_less():
    """Inside, migrating from nothing takes 5 seconds of the processor instead of 50.

    After every operation Django draws all models anew that are related to the changed one, however far: nearly
    all there are. Here it draws the changed one; its neighbours keep an older picture of it, with the table and
    key that a statement needs. Operations in Python, which need more, find all models drawn anew. The statements
    sent are the same ones: compare `pg_dump --schema-only` of a test database with one that `migrate` made.
    """
    run = RunPython.database_forwards

    def run_with_all_drawn(operation, app_label, schema_editor, from_state, to_state):
        vars(from_state).pop("apps", None)
        run(operation, app_label, schema_editor, from_state, to_state)

    with (
        mock.patch.object(ProjectState, "_find_reload_model", lambda state, app, name, delay=False: {(app, name)}),
        mock.patch.object(RunPython, "database_forwards", run_with_all_drawn),
    ):
        yield


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
