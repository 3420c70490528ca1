from datetime import timedelta

from awards.models import Notice
from tests import given
from tests.steps import put

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}


def test_a_notice_takes_objections_from_its_minute_to_the_end_of_its_last_day_while_it_stands(db):
    notice, out = given.walk_to("publicised", **SMALL).notice, given.NOTICE
    Notice.objects.update(withdrawn_at=out, withdrawn_because="有误")
    moments = [out - timedelta(seconds=1), out, out.replace(day=20, hour=23, minute=59), out.replace(day=21, hour=0)]

    for state in Notice.State:
        put(notice, state)
        found = [Notice.objects.open(moment).exists() for moment in moments]
        is_standing = state in {Notice.State.SCHEDULED, Notice.State.PUBLISHED}
        assert found == ([False, True, True, False] if is_standing else [False] * 4)
