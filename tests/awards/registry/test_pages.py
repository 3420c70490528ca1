"""The home page, the guide and the list of laureates, as anybody sees them."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import EditionRule, Honour, HonourKind, Notice
from awards.programmes.actions import start_review
from awards.registry import views
from awards.registry.queries import counted_targets
from foshan_quality.lib import clock
from tests import given
from tests.steps import put

pytestmark = pytest.mark.django_db


def text(client, page, /, *args, **query):
    answer = client.get(reverse(page, args=args, query=query or None))
    assert answer.status_code == 200
    return answer.content.decode()


def honour(name, *, year=2013, kind="佛山市政府质量奖", **fields):
    return Honour.objects.create(
        kind=HonourKind.objects.get(name=kind), year=year, organisation_name=name, **{"source": "某公报"} | fields
    )


# --- home ---------------------------------------------------------------------------------------------


def test_home_says_so_when_there_is_no_season(client):
    page = text(client, "home")

    assert "暂无届次" in page
    assert "不收取任何费用" in page


def test_home_shows_the_time_left_while_the_call_is_open(client, edition):
    page = text(client, "home")

    assert "申报中" in page
    assert "申报截止：" in page
    assert "2026年4月30日" in page


def test_home_does_not_know_an_edition_in_preparation(client, spring):
    given.prepared_edition(by=given.secretary(), year=2099)

    assert "2099" not in text(client, "home")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (given.OPENS - timedelta(minutes=1), "未开始"),
        (given.CLOSES - timedelta(seconds=1), "申报中"),
        (given.CLOSES, "申报已截止"),
    ],
)
def test_home_goes_by_the_clock(client, moment, words):
    given.open_edition()

    with clock.at(moment):
        page = text(client, "home")

    assert f'<span class="season-state">{words}</span>' in page


def test_home_follows_the_season_to_its_end(client):
    season = given.walk_to("publicised", firms=1)

    with clock.at(given.NOTICE):
        during = text(client, "home")
    with clock.at(given.AFTER_NOTICE):
        after = text(client, "home")
    put(season.edition, "awarded")
    put(season.applications[0], "honoured")

    assert '<span class="season-state">公示中</span>' in during
    assert '<span class="season-state">公示期已结束</span>' in after
    assert '<span class="season-state">已表彰</span>' in text(client, "home")


def test_a_real_edition_leads_before_a_newer_rehearsal(client, edition, secretary):
    rehearsal = given.open_edition(by=secretary)
    rehearsal.is_rehearsal = True
    rehearsal.save()

    page = text(client, "home")

    assert f'<h1 id="season-name">{edition}</h1>' in page
    assert str(rehearsal) in page


def test_home_leaves_rehearsal_and_revoked_laureates_out(client):
    honour("演练单位", is_rehearsal=True)
    honour("撤销单位", revoked_on=date(2020, 1, 1))
    honour("真实单位")

    page = text(client, "home")

    assert "真实单位" in page
    assert "演练单位" not in page
    assert "撤销单位" not in page


def test_home_costs_the_same_queries_at_any_size(client, edition, django_assert_num_queries):
    for size in (1, 3):
        honour(f"单位{size}")
        views.kept.clear()
        with django_assert_num_queries(6):
            text(client, "home")


def test_home_is_drawn_once_a_second_for_visitors_nobody_knows(client, edition, django_assert_num_queries):
    text(client, "home")

    with django_assert_num_queries(1):
        text(client, "home")
    with clock.at(given.SPRING + timedelta(seconds=1)), django_assert_num_queries(6):
        text(client, "home")


def test_home_shows_an_act_of_this_very_second(client, edition, secretary):
    assert "申报中" in text(client, "home")

    with clock.at(edition.closes_at):
        before = text(client, "home")
        start_review(edition, by=secretary)
        after = text(client, "home")

    assert ("申报已截止" in before, "评审中" in after) == (True, True)


def test_home_drawn_for_one_visitor_is_not_shown_to_somebody_known(client, edition, stranger):
    known, elder = Client(), Client()
    known.force_login(stranger)
    elder.cookies["elder"] = "1"

    shown = [text(visitor, "home") for visitor in (client, known, elder, client)]

    assert ["退出" in page for page in shown] == [False, True, False, False]
    assert ['class="elder "' in page for page in shown] == [False, False, True, False]


# --- guide --------------------------------------------------------------------------------------------


def test_the_guide_shows_the_whole_rubric(client, edition):
    page = text(client, "guide")

    assert "7 个类目、23 个评分项，共 1000 分" in page
    assert "4.7.7" in page


def test_the_guide_presents_only_confirmed_rules_as_the_citys(client, edition):
    edition.rules.filter(key="quorum").update(value="7/9", document="某市办法")
    EditionRule.objects.filter(edition=edition, key="votes_needed").update(
        value="4/7", document="本市办法", is_confirmed=True
    )

    page = text(client, "guide")

    assert "4/7" in page
    assert "本市办法" in page
    assert "7/9" not in page
    assert "某市办法" not in page
    assert "以届时公布的文件为准" in page
    assert "会议法定人数" in page


def test_the_guide_stands_without_an_edition(client):
    page = text(client, "guide")

    assert "目前没有公告中的届次，以下内容仅供参考" in page
    assert "共 1000 分" in page


def test_the_guide_costs_six_queries(client, edition, django_assert_num_queries):
    with django_assert_num_queries(6):
        text(client, "guide")


# --- laureates ----------------------------------------------------------------------------------------


def test_the_history_shows_readable_sources_and_the_ten_million(client, history):
    page = text(client, "laureates", name="美的集团股份有限公司")

    assert "第四届中国质量奖名单公布报道（2021年9月16日）" in page
    assert "10,000,000.00 元" in page
    assert "2021年12月24日" in page


def test_no_source_key_of_the_research_is_left(client, history):
    assert not Honour.objects.filter(source__regex=r"FW|CQA|GD\d|_").exists()


def test_the_list_states_its_gaps_as_gaps(client, history):
    page = text(client, "laureates")

    assert "第二届佛山市政府质量奖：5家中公开可查3家，其余2家未查到公开名单。" in page
    assert "第四届佛山市政府质量奖：未查到公开名单" in page


def test_gaps_follow_the_filters(client, history):
    page = text(client, "laureates", year=2015)

    assert "第二届佛山市政府质量奖" in page
    assert "第四届佛山市政府质量奖" not in page


@pytest.mark.parametrize("typed", ["（集团）陶瓷", "(集团)陶瓷", " 简一(集团) "])
def test_a_name_is_found_however_its_brackets_are_typed(client, typed):
    honour("广东简一(集团)陶瓷有限公司")
    honour("广东另一（集团）陶瓷有限公司")

    page = text(client, "laureates", name=typed)

    assert "广东简一(集团)陶瓷有限公司" in page


def test_filters_narrow_by_year_honour_and_level(client, history):
    kind = HonourKind.objects.get(name="广东省政府质量奖")

    by_year = text(client, "laureates", year=2023)
    by_kind = text(client, "laureates", kind=kind.pk)
    by_level = text(client, "laureates", level="national")

    assert "共 2 条记录" in by_year
    assert "共 5 条记录" in by_kind
    assert "共 5 条记录" in by_level


def test_an_empty_result_offers_to_clear_the_filter(client, history):
    page = text(client, "laureates", name="不存在的单位")

    assert "没有符合条件的记录" in page
    assert "清除条件" in page


def test_a_nonsense_filter_is_named_and_breaks_nothing(client, history):
    page = text(client, "laureates", year="abc", kind="x", level="moon", page="-1")

    assert "共 32 条记录" in page


def test_a_revoked_honour_stays_marked(client):
    honour("撤销单位", revoked_on=date(2020, 1, 2))

    page = text(client, "laureates")

    assert "<s>撤销单位</s>" in page
    assert "已撤销" in page
    assert "2020-01-02" in page


def test_a_rehearsal_is_marked(client):
    honour("演练单位", is_rehearsal=True)

    assert ">演练</span>" in text(client, "laureates")


def test_what_this_portal_did_not_grant_is_not_called_valid(client, history):
    page = text(client, "laureates")

    assert ">公开记录</span>" in page
    assert ">有效</span>" not in page


def test_a_granted_honour_shows_its_certificate_number_but_not_the_code(client):
    season = given.walk_to("certified", firms=1)
    certificate = season.edition.certificates.get()

    page = text(client, "laureates")

    assert certificate.number in page
    assert certificate.code not in page
    assert ">有效</span>" in page


def test_a_certificate_that_is_still_to_be_drawn_has_no_public_number(client):
    certificate = given.walk_to("certified", firms=1).edition.certificates.get()
    put(certificate, "parked")

    read = [text(client, page) for page in ("laureates", "laureates_json", "laureates_csv")]

    assert [page for page in read if certificate.number in page] == []


def test_a_target_shows_what_the_list_it_opens_counts(client, history):
    for row in counted_targets():
        page = text(client, "laureates", level=row["levels"])

        assert f"涉及 {row['count']} 家单位" in page
    assert [row["count"] for row in counted_targets()] == [5, 26]


def test_laureates_cost_the_same_queries_at_any_size(client, django_assert_num_queries):
    for size in (1, 3):
        honour(f"单位{size}", kind="中国质量奖" if size == 3 else "佛山市政府质量奖")
        honour(f"另一单位{size}")
        with django_assert_num_queries(6):
            text(client, "laureates")


# --- the file -----------------------------------------------------------------------------------------


def rows(client, **query):
    answer = client.get(reverse("laureates_csv", query=query or None))
    content = answer.content.decode("utf-8")
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))


def test_the_file_holds_the_same_records_as_the_page(client, history):
    assert len(rows(client)) == 32
    assert [row["获奖单位"] for row in rows(client, name="伊之密")] == ["伊之密股份有限公司"]


@pytest.mark.parametrize("name", ["=1+1", "+86", "-2", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_the_file_is_a_formula(client, name):
    honour(name)

    assert [row["获奖单位"] for row in rows(client)] == [f"'{name}"]


def test_the_file_marks_revoked_and_rehearsal(client):
    honour("撤销单位", revoked_on=date(2020, 1, 2))
    honour("演练单位", is_rehearsal=True)

    assert [row["状态"] for row in rows(client)] == ["已撤销", "演练"]


def test_the_file_costs_two_queries_at_any_size(client, django_assert_num_queries):
    for size in (1, 3):
        honour(f"单位{size}")
        with django_assert_num_queries(2):
            rows(client)


# --- nobody writes here -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "guide", "laureates", "laureates_csv", "laureates_json", "laureates_data"])
def test_public_pages_take_no_post(client, name):
    assert client.post(reverse(name)).status_code == 405


# --- canaries -----------------------------------------------------------------------------------------


def public_pages(client, season):
    yield from (
        text(client, name)
        for name in (
            "home",
            "guide",
            "notices",
            "notices_feed",
            "sitemap",
            "laureates",
            "laureates_csv",
            "laureates_json",
            "verify_form",
        )
    )
    for notice in Notice.objects.public():
        yield text(client, "notice", notice.address)
        yield text(client, "notice_object", notice.address)
    for certificate in season.edition.certificates.all():
        yield text(client, "verify", certificate.code)


def canaries(season):
    """Words that no public page may hold, planted in every private corner of the season."""
    for expert in season.experts:
        expert.name = f"金丝雀专家{expert.pk}"
        expert.save()
        expert.expert.employer = "金丝雀大学"
        expert.expert.save()
    Notice.objects.create(
        edition=season.edition, title="金丝雀草稿", body="金丝雀正文", names=[], drafted_by=season.secretary
    )
    for application in season.applications:
        given.bank_account(application.organisation)
    words = ["金丝雀", "6222000000001234", "某银行佛山分行", "某代表"]
    return words + [row["mean"] for row in season.ranking.rows] + [row["spread"] for row in season.ranking.rows]


def test_no_public_page_holds_anything_private(client):
    season = given.walk_to("publicised")
    words = canaries(season)
    with clock.at(given.NOTICE):
        given.publicising.object_to(
            season.notice,
            application=season.applications[0],
            objector="金丝雀异议人",
            contact="金丝雀电话",
            grounds="金丝雀理由",
        )
        pages = list(public_pages(client, season))

    assert [word for word in words for page in pages if word in page] == []
    assert "异议人</th>" not in "".join(pages)


def test_no_public_page_names_a_proposed_firm_before_the_notice(client):
    season = given.walk_to("proposed")
    with clock.at(given.NOTICE):
        draft = given.publicising.draft_notice(season.edition, by=season.secretary, title="未公开的标题", body="正文")
        pages = list(public_pages(client, season))
        answer = client.get(reverse("notice", args=[draft.pk]))

    names = [application.organisation.name for application in season.applications]
    assert [word for word in [*names, "未公开的标题", "获奖单位名单"] for page in pages if word in page] == []
    assert answer.status_code == 404
    assert "未公开的标题" not in answer.content.decode()
