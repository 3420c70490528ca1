"""A hearing in the browser: called and drawn in two sessions, told, marked by the experts, the phase closed."""

from datetime import timedelta

import pytest

from awards.models import Hearing, HearingCase
from foshan_quality.lib import clock
from tests import given, phases
from tests.desk import record_url

pytestmark = pytest.mark.browser


def test_a_hearing_is_called_drawn_told_marked_and_closed(arrive):
    season = phases.to_be_heard(firms=1, experts=2)
    owner, phase = given.owner_of(season.applications[0].organisation), phases.phase(season, "hearing")
    for person in (season.secretary, *season.experts, owner):
        person.set_password(given.PASSWORD)
        person.save()

    with clock.at(phases.VISIT):
        office = arrive(season.secretary)
        office.go("/office/awards/hearing/").press("召集陈述答辩")
        day = f"{phases.HEARD:%Y-%m-%d}"
        office.fill(edition=str(season.edition.pk), sessions=f"{day} 09:00-09:20", place="会议室")
        with office.refused(409):
            office.press("召集陈述答辩").says("所列时段只排得下 0 家，请增加时段。没有保存。")
        office.fill(sessions=f"{day} 09:00-10:00\n{day} 14:00-15:00").press("召集陈述答辩")
        office.says("09:00—09:40", "种子").picture("hearing").narrow("hearing-narrow")
        office.act("告知申报单位").says("已告知申报单位和专家。")
        firm = arrive(owner)
        firm.go(f"/applications/{season.applications[0].pk}/hearing/").says("会议室", f"{day} 09:00—09:40")
    case = HearingCase.objects.get()
    with clock.at(phases.HEARD + timedelta(hours=1)):
        for expert in season.experts:
            visitor = arrive(expert)
            visitor.go(record_url(case)).act("提交答辩评分", percentage="75", words="答问切题。")
            visitor.says("答辩评分已提交。")
        visitor.narrow("hearing-marked-narrow")
        office.go(record_url(Hearing.objects.get())).says("750.00")
        office.go(record_url(phase)).act("结束本阶段").says("本阶段已结束。")
