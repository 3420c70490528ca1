"""Redis databases and Celery workers of the test's own, so that test processes never take each other's jobs."""

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings

from foshan_quality.celery import app
from foshan_quality.embedded import end_process
from tests import nursery

ROOT = Path(__file__).resolve().parents[1]
TEST_PROCESSES = 7  # Redis has 16 databases: one for the server's owner, two for each test process
NOWHERE = "redis://127.0.0.1:1/0"  # nothing listens on port 1


@pytest.fixture(scope="session")
def redis_number(request):
    """The first of this test process's two Redis databases."""
    process = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return 1 + int(process.removeprefix("gw")) % TEST_PROCESSES


@pytest.fixture
def broker(redis_number):
    """The jobs this test sends go to its own Redis database, empty at first and thrown away at the end."""
    with sending_to(redis_url(redis_number)) as url:
        yield url


def redis_url(number):
    """One database of the Redis server in the settings."""
    return urlsplit(settings.REDIS_URL)._replace(path=f"/{number}").geturl()


@contextmanager
def sending_to(url):
    """Point this process's Celery at a broker until the block ends."""
    before = os.environ.get("CELERY_BROKER_URL")
    empty(url)
    point_to(url)
    try:
        yield url
    finally:
        point_to(before)
        empty(url)


def point_to(url):
    if url:
        os.environ["CELERY_BROKER_URL"] = url
    else:
        os.environ.pop("CELERY_BROKER_URL", None)
    app._after_fork()  # forgets the connections made so far


def empty(url):
    """Throw away the jobs waiting there; a running worker stays connected."""
    if url != NOWHERE:
        with redis.Redis.from_url(url) as server:
            server.delete("celery")


def start_worker(*, broker, folder, log, processes=2, **environment):
    """A real worker on the test database; its files go to the test's folders."""
    surroundings = {
        "CELERY_BROKER_URL": broker,
        "DATABASE_URL": database_url(),
        "MEDIA_ROOT": str(folder / "media"),
        "TREASURY_ROOT": str(folder / "treasury"),
        **environment,
    }
    return nursery.start("worker", processes, log=log, environment=surroundings)


def database_url():
    """How another process reaches the test database."""
    name = settings.DATABASES["default"]["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def eventually(is_true, *, within=180):
    """Wait until it is true; tells whether it became so in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def all_done(url):
    """Whether no job waits in this Redis database or is being worked on."""
    with redis.Redis.from_url(url) as server:
        return server.llen("celery") == 0 and server.hlen("unacked") == 0


@pytest.fixture(scope="module")
def running_worker(django_db_setup, django_db_blocker, redis_number, tmp_path_factory):
    """One worker for all tests of a file; it is gone before another file's tests send jobs that nobody shall do."""
    folder = tmp_path_factory.mktemp("worker")
    with django_db_blocker.unblock():
        child = start_worker(broker=redis_url(redis_number), folder=folder, log=folder / "worker.log")
    try:
        yield folder
    finally:
        end_process(child)


@pytest.fixture
def worker(running_worker, committed, broker, settings):
    """The running worker, sharing its folders with this test, and idle before the test's rows go.

    The numbers of batches begin anew with the rows, so what earlier tests sent to the treasury is taken away.
    """
    settings.MEDIA_ROOT, settings.TREASURY_ROOT = running_worker / "media", running_worker / "treasury"
    shutil.rmtree(settings.TREASURY_ROOT, ignore_errors=True)
    yield running_worker
    eventually(lambda: all_done(broker))
