from datetime import date

import pytest

from awards.models import Notice
from tests import given
from tests.steps import put

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}


@pytest.mark.parametrize("state", Notice.State)
def test_a_notice_takes_objections_until_the_end_of_its_last_day_while_it_is_published(db, state):
    notice = given.walk_to("publicised", **SMALL).notice
    put(notice, state)

    days = [date(2026, 7, 13), date(2026, 7, 14), date(2026, 7, 20), date(2026, 7, 21)]
    found = [Notice.objects.open(day).exists() for day in days]

    assert found == ([True, True, True, False] if state == Notice.State.PUBLISHED else [False] * 4)
