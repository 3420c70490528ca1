"""An expert declares an interest midway: the case is closed to them at once, in this tab and in the other."""

import pytest

from awards.models import Assignment
from foshan_quality.lib import clock
from tests import given

pytestmark = pytest.mark.browser


def test_a_conflict_declared_midway_ends_access_at_once(arrive):
    with clock.at(given.REVIEW):
        season = given.walk_to("in_review", firms=1)
        case = season.applications[0]
        expert = given.expert(password=given.PASSWORD)
        panel = [given.expert(), given.expert(), expert]
        given.reviewing.set_panel(case, by=season.secretary, experts=panel, head=panel[0])
        seat = Assignment.objects.get(expert=expert)
        visitor = arrive(expert)
        visitor.go(f"/office/awards/assignment/{seat.pk}/change/").act("声明无利害关系，开始评审").says("组织概述")

        visitor.go("/office/awards/engagement/").press(str(season.edition), exact=False)
        visitor.act("申报利害关系", kind="shares", organisation_name=case.organisation.name, detail="配偶持股。")
        visitor.says("该项评审已经终止")

        visitor.go(f"/office/awards/assignment/{seat.pk}/change/").says("您已不在该申报的评审组")
        assert "组织概述" not in visitor.text()
        with visitor.refused(403):
            visitor.go(f"/office/awards/assignment/{seat.pk}/sheet/")
    assert Assignment.objects.get(pk=seat.pk).recusal_reason == f"{expert}与申报单位有利害关系：持股。"
