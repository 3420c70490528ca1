from threading import Barrier

import pytest

from foshan_quality.lib.concurrency import only_one
from tests.threads import at_once


def test_only_one_of_many_is_told_that_it_is_alone(committed):
    everybody_asked = Barrier(4)

    def ask():
        with only_one(4711) as alone:
            everybody_asked.wait(5)
            return alone

    assert sorted(at_once(*[ask] * 4)) == [False, False, False, True]


def test_the_next_one_is_alone_again_even_after_an_error(committed):
    with pytest.raises(ZeroDivisionError), only_one(4711):
        raise ZeroDivisionError

    [answer] = at_once(lambda: only_one(4711).__enter__())

    assert answer is True
