"""An expert's desk: how far, until when, what is next."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import Assignment
from awards.reviews import actions as reviewing
from awards.reviews.desk import due_said
from awards.reviews.sheet_views import url
from foshan_quality.lib import clock
from tests import given
from tests.desk import act_url, list_url, office, record_url


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (None, "—"),
        (date(2026, 6, 1), "2026-06-01（剩余 3 天）"),
        (date(2026, 5, 29), "2026-05-29（今天到期）"),
        (date(2026, 5, 27), "2026-05-27（已逾期 2 天）"),
    ],
)
def test_a_last_day_says_what_is_left_of_it(due, said):
    assert due_said(due, date(2026, 5, 29)) == said


@pytest.fixture
def season(db):
    season = given.walk_to("panelled", firms=3, experts=1, experts_per_application="1", scoring_days="10")
    with clock.at(given.REVIEW + timedelta(days=4)):
        yield season


def test_the_list_says_how_far_one_is_and_leads_to_the_next_case(season):
    first, second, _third = Assignment.objects.order_by("application__number")
    reviewing.declare_free(second, by=second.expert)
    client = office(first.expert)

    page = client.get(list_url(Assignment)).content.decode()

    assert '已提交 <span class="number">0／3</span> 件' in page
    assert "2026-05-22（剩余 6 天）" in page
    assert f'<a class="btn btn-primary" href="{url(second)}">继续评审</a>' in page
    assert "0／23" in page
    Assignment.objects.filter(pk=second.pk).update(state="submitted")
    page = client.get(list_url(Assignment)).content.decode()
    assert f'<a class="btn btn-primary" href="{record_url(first)}">声明利害关系，开始评审</a>' in page
    page = office(given.pooled()).get(list_url(Assignment)).content.decode()
    assert [page.count('class="empty"'), "还没有评审任务" in page, "分配评审任务后" in page] == [1, True, True]


def test_scoring_comes_first_and_stepping_back_last(season):
    seat = Assignment.objects.first()
    reviewing.declare_free(seat, by=seat.expert)

    page = office(seat.expert).get(record_url(seat)).content.decode()

    assert f'<a class="btn btn-primary" href="{url(seat)}">评分</a>' in page
    assert f'<a class="btn btn-outline-danger" href="{act_url(seat, "recuse")}">申请回避</a>' in page
    assert page.count("btn-primary") == 1
    assert ("0／23 项" in page, "2026-05-22（剩余 6 天）" in page) == (True, True)


def test_the_desk_costs_the_same_for_one_case_and_for_three(season):
    client = office(season.experts[0])

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(list_url(Assignment))
        return len(asked)

    three = queries()
    Assignment.objects.exclude(pk=Assignment.objects.first().pk).update(state="recused", recusal_reason="无")
    Assignment.objects.filter(state="recused").delete()

    assert (queries(), three) == (8, 8)
