"""The words of a notice: from the template, changed by hand, the difference shown; and who may settle the template."""

import pytest

from awards.models import Notice, Programme, TextTemplate
from awards.publicity import actions as publicising
from awards.publicity.text_actions import set_text
from foshan_quality.lib import clock
from tests import given
from tests.desk import begin, office, press, record_url
from tests.steps import check_duty, copy_of, refused, refused_by

pytestmark = pytest.mark.django_db
WORDS = {"title": "{届次}公示", "body": "共 {家数} 家，公示 {工作日数} 个工作日。", "source": "局务会 2026年6月1日"}


def settle(by, **changes):
    with clock.at(given.SPRING):
        return set_text(by=by, programme=Programme.objects.get(code="FSZLJ"), kind="notice", **WORDS | changes)


def test_a_new_version_is_used_from_then_on_and_the_older_ones_stay():
    by = given.secretary()
    settle(by, body="旧 {家数}")
    newest = settle(by)
    season = given.walk_to("proposed", firms=1, experts=1, members=1, experts_per_application="1")
    with clock.at(given.NOTICE):
        notice = publicising.draft_notice(season.edition, by=season.secretary)

    assert (notice.title, notice.body) == (f"{season.edition}公示", "共 1 家，公示 5 个工作日。")
    assert notice.drawn_from["version"] == newest.version == 2
    assert notice.drawn_from["values"] == {"届次": str(season.edition), "家数": "1", "工作日数": "5"}

    press(season.second, notice, "edit", title=notice.title, body="共 1 家，公示 5 个工作日，特此公示。")
    page = office(season.secretary).get(record_url(notice)).content.decode()

    assert notice.drafted_by == season.second
    assert ("<ins>" in page, "第 2 版" in page, "特此公示" in page) == (True, True, True)
    with clock.at(given.NOTICE), refused("two_people", untouched=[notice]):
        publicising.publish(notice, by=season.second)


def test_a_place_nobody_knows_is_refused_where_it_stands():
    by = given.secretary()
    with refused("places", "places"):
        settle(by, title="{获奖名单}", body="{家数")

    assert list(TextTemplate.objects.all()) == []
    check_duty("awards.set_texttemplate", settle)
    text = begin(by, TextTemplate, "set", programme=Programme.objects.get(code="FSZLJ").pk, kind="notice", **WORDS)
    with refused_by("one_text_per_version"):
        copy_of(text)
    with refused_by("text_names_its_source"):
        copy_of(text, version=2, source="")
    assert Notice.objects.count() == 0
