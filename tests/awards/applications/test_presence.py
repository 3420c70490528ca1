"""Who else is at work on a section. No database."""

from datetime import timedelta

import pytest

from awards.applications.presence import others_at_work
from tests.given import SPRING


def ago(**past):
    return SPRING - timedelta(**past)


@pytest.mark.parametrize(
    ("saves", "said"),
    [
        ([], ""),
        ([(None, None), ("我", ago(minutes=1))], ""),
        ([("王芳", ago(minutes=2)), ("王芳", ago(minutes=5))], "王芳 2 分钟前在编辑本节。"),
        ([("王芳", ago(minutes=2)), ("李明", ago(seconds=20))], "李明 刚刚，王芳 2 分钟前在编辑本节。"),
        ([("王芳", ago(minutes=10))], ""),
    ],
)
def test_those_who_saved_something_in_the_last_minutes_are_named_the_latest_first(saves, said):
    assert others_at_work(saves, "我", SPRING) == said
