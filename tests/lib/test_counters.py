import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from enterprises.people.tasks import sweep_limits


@pytest.fixture(autouse=True)
def own_table(db):
    cache.clear()


def test_a_value_is_kept_replaced_and_taken_away():
    cache.set("a", [1, 2], 60)
    cache.set("a", [3], 60)

    assert cache.get("a") == [3]
    assert cache.delete("a") is True
    assert cache.get("a") is None


def test_only_the_first_of_two_adds_a_key():
    assert [cache.add("lock", turn, 60) for turn in (1, 2)] == [True, False]
    assert cache.get("lock") == 1


def test_what_has_expired_is_gone_and_may_be_added_anew():
    cache.set("lock", 1, 0)

    assert cache.get("lock") is None
    cache.set("lock", 1, 0)
    assert cache.add("lock", 2, 60) is True
    assert cache.get("lock") == 2


def test_touching_prolongs_what_is_there_and_nothing_else():
    cache.set("a", 1, 60)

    assert [cache.touch("a", None), cache.touch("b", 60)] == [True, False]
    assert cache.get("a") == 1


def test_every_write_is_one_statement(django_assert_num_queries):
    for write in (cache.set, cache.add):
        with django_assert_num_queries(1):
            write("a", 1, 60)


def test_what_has_expired_is_swept_out_by_the_clockwork_and_what_counts_stays():
    for name in "abc":
        cache.set(name, 1, 0)
    cache.set("lock", 1, 60)

    assert settings.CELERY_BEAT_SCHEDULE["sweep-limits"]["task"] == sweep_limits.name
    assert sweep_limits() == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache")
        assert cursor.fetchone() == (1,)
    assert cache.get("lock") == 1


def test_no_write_sweeps_however_many_there_were(django_assert_num_queries):
    with django_assert_num_queries(1_100):
        for turn in range(1_100):
            cache.set("a", turn, 60)
