from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest

from foshan_quality.lib import clock
from tests.given import SPRING


def test_the_clock_stands_still_inside_and_goes_on_after():
    with clock.at(SPRING):
        inside = (clock.now(), clock.today(), clock.simulated())

    assert inside == (SPRING, date(2026, 3, 18), SPRING)
    assert clock.simulated() is None
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_day_is_the_day_in_foshan():
    with clock.at(datetime(2026, 3, 17, 16, 30, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 18)


def test_moments_nest_and_none_means_real_time():
    with clock.at(SPRING):
        with clock.at(SPRING + timedelta(days=1)):
            assert clock.now() == SPRING + timedelta(days=1)
        with clock.at(None):
            assert clock.simulated() is None
        assert clock.now() == SPRING


def test_an_error_inside_lets_the_clock_go():
    with pytest.raises(ZeroDivisionError), clock.at(SPRING):
        raise ZeroDivisionError

    assert clock.simulated() is None


def test_threads_do_not_see_each_others_moment():
    meet = Barrier(3)

    def look(moment):
        with clock.at(moment):
            meet.wait(5)
            seen = clock.simulated()
            meet.wait(5)
            return seen

    moments = [SPRING, SPRING + timedelta(days=30), None]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(look, moments)) == moments


def test_a_plain_thread_keeps_real_time_and_a_copied_context_the_moment():
    with clock.at(SPRING), ThreadPoolExecutor(1) as pool:
        plain = pool.submit(clock.simulated).result()
        carried = pool.submit(copy_context().run, clock.simulated).result()

    assert (plain, carried) == (None, SPRING)


def test_the_moment_travels_in_headers_and_real_time_does_not():
    with clock.at(SPRING):
        assert clock.as_headers() == {"simulated": "2026-03-18T10:00:00+08:00"}

    assert clock.as_headers() == {}
