"""The account of a ranking: recomputed from the marks, compared with what is stored, explained."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from types import SimpleNamespace

import pikepdf
import pypdfium2
import pytest
from django.db import connection
from django.urls import reverse

from awards.decisions import account, listing, paper_actions
from awards.decisions import actions as deciding
from awards.decisions import meeting_actions as sitting
from awards.decisions.place_queries import left_since
from awards.decisions.queries import newest_ranking, recomputed
from awards.decisions.ranking import Part
from awards.decisions.tasks import draw_ranking_paper, sweep
from awards.models import Assignment, Consensus, Mark, Ranking, RankingPaper, ScoreSheet
from awards.publicity import actions as publicising
from awards.reviews import actions as reviewing
from awards.site_visits import actions as visiting
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given, phases
from tests.desk import office, record_url
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by

SMALL = {"experts": 1, "experts_per_application": "1"}


def item(code, kind, points):
    category = SimpleNamespace(code=code[0], title=f"类目{code[0]}", kind=kind)
    return SimpleNamespace(category=category, code=code, title=f"项{code}", points=points)


ITEMS = [item("A1", "process", 100), item("A2", "process", 50), item("B1", "results", 350)]


def scheme(**rules):
    return account.scheme({"score_threshold": Decimal(200)} | rules, [], ITEMS, 500, 1)


def case(key, *sheets):
    return account.as_inputs((key, f"Z-{key}", f"单位{key}"), [(key * 10 + n, marks) for n, marks in enumerate(sheets)])


CASES = [case(1, (80, 60, 50), (70, 50, 60), (10, 10, 100)), case(2, (60, 60, 60)), case(3, (100, 40, 80))]


def test_rows_are_computed_from_the_marks_and_say_every_step():
    rows = account.rows(CASES, scheme(trim_from=3))

    assert [(r["place"], r["number"], r["mean"], r["above_line"]) for r in rows] == [
        (1, "Z-3", "400.00", True),
        (2, "Z-1", "305.00", False),
        (3, "Z-2", "300.00", False),
    ]
    assert rows[1]["totals"] == ["285.00", "305.00", "365.00"]
    assert rows[1]["parts"] == [
        {
            "label": "资料评审",
            "weight": "1",
            "totals": ["285.00", "305.00", "365.00"],
            "trim_from": None,
            "dropped": ["285.00", "365.00"],
            "kept": ["305.00"],
            "mean": "305.00",
        }
    ]


def test_a_stored_ranking_is_computed_again_from_its_own_row():
    rules = scheme(trim_from=3, tie_rule="结果类得分")
    rows = account.rows(CASES, rules)

    assert account.inputs_of(rows) == [CASES[2], CASES[0], CASES[1]]
    assert account.differences(rows, rules, account.digest(CASES, rules)) == []


@pytest.mark.parametrize("name", ["place", "mean", "totals", "is_tied", "above_line", "parts"])
def test_whatever_is_changed_in_a_stored_place_is_found(name):
    rows, rules = account.rows(CASES, scheme()), scheme()
    rows[0] = rows[0] | {name: {"parts": [rows[0]["parts"][0] | {"kept": []}]}.get(name, "1")}

    found = account.differences(rows, rules, account.digest(CASES, rules))

    assert [problem.text for problem in found] == ["Z-3 重新计算的结果与存档不一致。"]


def test_changed_marks_and_rules_do_not_fit_the_digest():
    rules = scheme()
    digest = account.digest(CASES, rules)

    assert account.digest(CASES[::-1], rules) == digest
    assert account.digest([CASES[0], CASES[1], case(3, (100, 40, 85))], rules) != digest
    assert account.digest(CASES, scheme(trim_from=5)) != digest


def test_marks_and_totals_that_have_changed_since_are_named():
    rows = account.rows(CASES, scheme())
    now = {s["sheet"]: (tuple(s["marks"]), Decimal(s["total"])) for row in rows for s in row["sheets"]}
    now |= {30: ((100, 40, 85), Decimal("417.50")), 20: (now[20][0], Decimal("301.00")), 11: ((), None)}

    assert [problem.text for problem in account.drifted(rows, now)] == [
        "Z-3 第 1 份评分表现为 417.50，排名依据的是 400.00。",
        "Z-1 第 2 份评分表现为 未提交，排名依据的是 305.00。",
        "Z-2 第 1 份评分表现为 301.00，排名依据的是 300.00。",
    ]


def test_a_place_is_explained_in_sums_that_can_be_done_by_hand():
    rules = scheme(trim_from=3)
    rows = account.rows([*CASES, case(4, (60, 60, 60))], rules)

    places = [account.explained(row, rows, rules) for row in rows]

    assert places[1].sums == ["资料评审：去掉最低 285.00、最高 365.00；305.00"]
    assert places[1].score == "得分 = 305.00"
    assert [place.place for place in places] == [
        "没有排在前面的，因此为第 1 名。",
        "名次排在前面的有 1 家，因此为第 2 名。",
        "名次排在前面的有 2 家，因此为第 3 名；与 Z-4 并列。",
        "名次排在前面的有 2 家，因此为第 3 名；与 Z-2 并列。",
    ]
    group = places[0].groups[0]
    assert (group.code, group.points, group.sums) == ("A", 150, [Decimal("120.00")])
    assert [(line.code, line.marks) for line in group.lines] == [
        ("A1", [(100, Decimal("100.00"))]),
        ("A2", [(40, Decimal("20.00"))]),
    ]


def test_a_parted_tie_says_by_which_value():
    rules = scheme(tie_rule="结果类得分")
    rows = account.rows([case(1, (100, 100, 50)), case(2, (30, 30, 80))], rules)

    assert [(row["number"], row["mean"], row["tie_value"]) for row in rows] == [
        ("Z-1", "325.00", "175.00"),
        ("Z-2", "325.00", "280.00"),
    ][::-1]
    assert account.explained(rows[1], rows, rules).place == (
        "名次排在前面的有 1 家，因此为第 2 名；得分与 Z-2 相同，按并列规则区分（比较值 175.00）。"
    )


def test_a_later_phase_stands_beside_the_sheets_item_by_item_and_adds_up():
    rules = scheme()
    rows = account.rows(CASES, rules)
    row = next(row for row in rows if row["application"] == 1)
    codes = [item[3] for item in rules["items"]]
    agreed = account.Later("合议评审", dict.fromkeys(codes, 50), [account.Change(codes[0], "甲", "40%", 50, "讨论。")])
    heard = account.Later("资料评审", {}, [], said="资料评审：以此为准")

    place = account.explained(row, rows, rules, [agreed, heard])

    assert place.later == [agreed]
    assert place.later_sums == [sum(Decimal(line.points) / 2 for group in place.groups for line in group.lines)]
    assert {line.later[0][0] for group in place.groups for line in group.lines} == {50}
    assert place.sums == ["资料评审：以此为准"]


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("去掉最高分和最低分", "0", "不去掉"),
        ("去掉最高分和最低分", "5", "满 5 份起，最高、最低各去掉 1 个"),
        ("入围最低总分", "0", "不设"),
        ("入围最低总分", "500", "500 分"),
        ("获奖名额上限", "10", "10"),
        ("已无此规则", "旧", "旧"),
    ],
)
def test_the_rules_of_a_ranking_are_said_in_words(label, value, said):
    assert account.basis_said({"basis": [{"label": label, "value": value}]}) == [{"label": label, "value": said}]


def parts(*means):
    weights = (Fraction(2, 5), Fraction(3, 5))
    labels = ("资料评审", "现场评审")
    return tuple(Part(n, w, (Decimal(m),)) for n, w, m in zip(labels, weights, means, strict=True))


def test_parts_are_weighted_rounded_once_more_and_said():
    given_parts = [account.with_parts(CASES[0], parts("305.01", "333.33"))]
    rows = account.rows(given_parts, scheme())

    assert account.explained(rows[0], rows, scheme()).score == "得分 = 2/5 × 305.01 + 3/5 × 333.33 = 322.00"
    assert account.inputs_of(rows) == given_parts
    assert account.parts_drifted(rows, {1: parts("305.01", "333.33")}) == []
    assert [p.text for p in account.parts_drifted(rows, {1: parts("305.01", "333.34")})] == [
        "Z-1 的各部分得分与排名所依据的不一致。"
    ]


# --- with sheets in the database ----------------------------------------------------------------------


@pytest.fixture
def season(db):
    return given.walk_to("ranked", firms=2, **SMALL)


def tamper(sql, *values):
    """Past every guard of the database, as somebody with its password could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for trigger in ("DISABLE", "ENABLE"):
            if trigger == "ENABLE":
                cursor.execute(sql, values)
            cursor.execute(f"ALTER TABLE awards_ranking {trigger} TRIGGER USER")


def test_a_ranking_carries_its_rules_with_their_basis_its_version_and_its_digest(season):
    ranking = season.ranking

    assert (ranking.kind, ranking.rule_version, len(ranking.digest)) == ("review", "2", 64)
    assert {rule["label"]: rule["value"] for rule in ranking.scheme["basis"]} == {
        "获奖名额上限": "10",
        "入围差额比例": "3/2",
        "入围最低总分": "500",
        "去掉最高分和最低分": "0",
        "总分相同时": "同名次",
    }
    assert all(rule["document"] for rule in ranking.scheme["basis"])
    assert recomputed(ranking) == []


def test_a_stored_total_that_its_marks_do_not_come_to_stops_ranking_and_shortlist(season):
    sheet = ScoreSheet.objects.first()
    ScoreSheet.objects.filter(pk=sheet.pk).update(total="850.50")

    with refused("wrong_total", untouched=[season.edition]):
        deciding.make_ranking(season.edition, by=season.secretary)
    with refused("wrong_total", untouched=[season.edition]):
        deciding.shortlist(season.ranking, by=season.secretary)


def test_marks_and_total_changed_together_after_the_ranking_stop_the_shortlist(season):
    sheet, item = ScoreSheet.objects.first(), Mark.objects.first()
    Mark.objects.filter(pk=item.pk).update(percentage=80)
    ScoreSheet.objects.filter(pk=sheet.pk).update(total="847.50")

    with pytest.raises(deciding.Refused, match="评分在排名之后有变化"):
        deciding.shortlist(season.ranking, by=season.secretary)


def test_a_changed_ranking_stops_the_shortlist_the_vote_and_the_notice_and_its_page_is_red(season):
    tamper("UPDATE awards_ranking SET rows = jsonb_set(rows, '{0,mean}', '\"849.00\"')")
    ranking = Ranking.objects.get()

    with refused("recomputed", "blocked", untouched=[season.edition]):
        deciding.shortlist(ranking, by=season.secretary)
    page = office(season.secretary).get(record_url(ranking)).content.decode()
    assert "入围、投票和公示已被拦下" in page

    tamper("UPDATE awards_ranking SET rows = jsonb_set(rows, '{0,mean}', '\"850.00\"')")
    given.WALK["shortlisted"](season)
    tamper("UPDATE awards_ranking SET digest = repeat('0', 64)")
    season.members = [given.member() for _ in range(3)]
    with clock.at(given.VOTE):
        called = given.meeting(season)
        with refused("digest", "blocked", untouched=[called]):
            sitting.open_vote(called, by=season.secretary)


def test_a_mark_changed_after_the_vote_stops_the_notice(db):
    season = given.walk_to("proposed", firms=1, **SMALL)
    with clock.at(given.NOTICE):
        draft = publicising.draft_notice(season.edition, by=season.secretary, title="公示", body="现予公示。")
        Mark.objects.filter(pk=Mark.objects.first().pk).update(percentage=0)
        with refused("drifted", "blocked", untouched=[draft]):
            publicising.publish(draft, by=season.second)


def test_an_expert_who_leaves_after_the_shortlist_is_told_but_does_not_block(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)
    reviewing.remove(Assignment.objects.get(), by=season.secretary, reason="利害关系")

    assert recomputed(season.ranking) == []
    assert left_since(season.ranking) == [season.applications[0].number]


def test_the_overall_evaluation_weighs_the_phases_of_the_shortlisted_and_the_meeting_shows_it(db):
    season = phases.shortlisted()
    [case] = season.applications
    with refused("parts", untouched=[season.edition]):
        deciding.make_overall_ranking(season.edition, by=season.secretary)

    visit = phases.visited(season)
    with clock.at(phases.VISIT):
        visiting.lock(visit, by=visit.seats.get(is_head=True).expert)
    overall = deciding.make_overall_ranking(season.edition, by=season.secretary)
    given.WALK["voting"](season, members=3)

    [row] = overall.rows
    assert [(part["label"], part["weight"]) for part in row["parts"]] == [
        ("独立评审", "2/5"),
        ("合议评审", "3/10"),
        ("现场评审", "3/10"),
    ]
    weighted = sum(Fraction(part["weight"]) * Fraction(part["mean"]) for part in row["parts"])
    assert abs(weighted - Fraction(row["mean"])) <= Fraction(1, 200)
    assert recomputed(overall) == []
    candidate = reverse("admin:awards_meeting_candidate", args=[season.meeting.pk, case.pk])
    page = office(season.members[0]).get(candidate).content.decode()
    assert f"<dt>现场评审</dt><dd>{row['parts'][2]['mean']} × 3/10</dd>" in page
    assert [r["parts"][1]["label"] for r in newest_ranking(season.edition).rows] == ["合议评审"]
    Consensus.objects.filter(application=case).update(score="1.00")
    assert [p.code for p in recomputed(overall)] == ["drifted"]


def test_a_review_without_further_phases_has_no_overall_evaluation(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)

    with pytest.raises(deciding.Refused, match="不需要综合评价"):
        deciding.make_overall_ranking(season.edition, by=season.secretary)


def test_nobody_shortlisted_is_nothing_to_evaluate(season):
    with refused("没有入围的申报，不能综合评价。", untouched=[season.edition]):
        deciding.make_overall_ranking(season.edition, by=season.secretary)


# --- pages and papers ---------------------------------------------------------------------------------


def place_url(ranking, application):
    return f"/office/awards/ranking/{ranking.pk}/places/{application.pk}/"


def test_each_place_has_a_page_with_its_marks_and_the_reading_is_noted(season, django_assert_num_queries):
    client, first = office(season.secretary), season.applications[0]
    expert = Assignment.objects.filter(application=first).get().expert

    page = client.get(place_url(season.ranking, first)).content.decode()
    whole = client.get(f"/office/awards/ranking/{season.ranking.pk}/places/").content.decode()

    assert "重新计算了总分、得分和名次，与存档一致" in page
    assert '85% <span class="quiet">42.50</span>' in page
    assert expert.name in page
    assert [a.organisation.name in whole for a in season.applications] == [True, True]
    assert client.get(f"/office/awards/ranking/{season.ranking.pk}/places/0/").status_code == 404
    with django_assert_num_queries(12):
        client.get(place_url(season.ranking, first))


def test_a_ranking_from_before_marks_were_kept_has_no_account(season):
    tamper("UPDATE awards_ranking SET rule_version = '1', scheme = '{}', digest = ''")
    ranking = Ranking.objects.get()

    assert recomputed(ranking) == []
    assert office(season.secretary).get(place_url(ranking, season.applications[0])).status_code == 404
    assert "第 1 版：算术平均" in office(season.secretary).get(record_url(ranking)).content.decode()
    with no_trace(ranking), pytest.raises(deciding.Refused, match="没有存下各项评分"):
        paper_actions.request_paper(ranking, by=season.secretary)


def test_a_place_is_drawn_once_without_names_and_taken_from_its_page(season):
    client, first = office(season.secretary), season.applications[0]
    assert client.post(place_url(season.ranking, first)).status_code == 302
    paper = paper_actions.request_paper(season.ranking, by=season.secretary, application=first.pk)
    draw_ranking_paper(paper.pk)
    draw_ranking_paper(paper.pk)

    paper = RankingPaper.objects.get()
    answer = client.get(f"/office/awards/ranking/{season.ranking.pk}/papers/{paper.pk}/")

    assert (paper.state, paper.attempts) == ("drawn", 1)
    expert = Assignment.objects.filter(application=first).get().expert
    [printed] = pages_of(b"".join(answer.streaming_content))
    assert (first.organisation.name in printed, "85% 42.50" in printed, expert.name in printed) == (True, True, False)
    assert "下载 PDF" in client.get(place_url(season.ranking, first)).content.decode()
    check_duty(Permission.RANKING_VIEW, lambda by: paper_actions.request_paper(season.ranking, by=by), season.ranking)


def pages_of(pdf):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def test_all_places_are_drawn_a_part_at_a_time_and_joined_and_the_page_says_how_far_it_is(season, monkeypatch):
    monkeypatch.setattr(paper_actions, "PLACES_A_PART", 1)
    paper = paper_actions.request_paper(season.ranking, by=season.secretary)
    RankingPaper.objects.update(places_drawn=1)
    url = f"/office/awards/ranking/{season.ranking.pk}/places/"
    assert "PDF 正在生成（1／2 家）" in office(season.secretary).get(url).content.decode()

    draw_ranking_paper(paper.pk)

    paper = RankingPaper.objects.get()
    printed = pages_of(paper.pdf.read())
    assert (paper.state, paper.places_drawn, len(printed)) == ("drawn", 2, 2)
    assert ["计算规则第 2 版" in text for text in printed] == [True, False]
    assert ["复核人" in text for text in printed] == [False, True]
    assert [a.organisation.name in text for a, text in zip(season.applications, printed, strict=True)] == [True, True]
    assert not any(expert.name in text for expert in season.experts for text in printed)
    monkeypatch.setattr(paper_actions, "PLACES_A_PART", 2)
    assert [is_tagged(pdf) for pdf in (paper.pdf.open().read(), paper_actions._whole(paper))] == [False, True]


def is_tagged(pdf):
    with pikepdf.open(BytesIO(pdf)) as opened:
        return "/StructTreeRoot" in opened.Root


def test_the_lines_of_a_place_hold_every_mark_under_the_number_of_its_item():
    [part] = listing.parts(account.rows(CASES, scheme()), scheme(), 10)
    one, *rest = listing.parts(account.rows(CASES, scheme()), scheme(), 2)

    assert part.places[-1].marks.splitlines() == ["评分项    1    2    3  总分", "专家 1   60   60   60  300.00"]
    assert (one.first, one.last, one.is_final, one.places) == (1, 2, False, part.places[:2])
    assert [(p.first, p.last, p.is_final, p.places) for p in rest] == [(3, 3, True, part.places[2:])]


def test_a_long_ranking_is_turned_page_by_page_searched_and_checked_as_far_as_it_is_shown(
    season, django_assert_num_queries
):
    row = season.ranking.rows[0]
    told = ({"place": n, "application": n, "number": f"号{n:03d}", "organisation": f"Co{n}司"} for n in range(1, 61))
    rows = [row | more for more in told]
    url = record_url(copy_of(season.ranking, rows=rows))
    client = office(season.secretary)

    def shown(query=""):
        page = client.get(url + query).context_data["page"]
        return [place["place"] for place in page], page.paginator.count

    assert shown() == (list(range(1, 51)), 60)
    assert shown("?page=2") == (list(range(51, 61)), 60)
    assert shown("?sort=-place&page=2") == (list(range(10, 0, -1)), 60)
    assert shown("?q=号007") == ([7], 1)
    assert shown("?q=co6") == ([6, 60], 2)
    assert shown("?q=100%25") == ([], 0)
    assert shown("?page=x") == (list(range(1, 51)), 60)
    assert "重新计算了本页各家" in client.get(url).content.decode()
    assert "入围、投票和公示已被拦下" in client.get(f"{url}?check=all").content.decode()
    with django_assert_num_queries(12):
        client.get(url)
    with django_assert_num_queries(12):
        client.get(f"{url}?q=号007")


def test_a_worn_out_paper_is_parked_and_tried_anew_when_asked_for_again(season):
    paper = paper_actions.request_paper(season.ranking, by=season.secretary)
    RankingPaper.objects.update(attempts=5)
    draw_ranking_paper(paper.pk)
    assert RankingPaper.objects.get().problem.startswith("试了 5 次都没有完成")

    with clock.at(given.REVIEW + timedelta(days=30)):
        paper_actions.request_paper(season.ranking, by=season.secretary)

    paper = RankingPaper.objects.get()
    assert (paper.state, paper.attempts, paper.problem) == ("queued", 0, "")
    assert sweep.name == "awards.decisions.tasks.sweep"


def test_the_database_refuses_rankings_without_account_and_papers_without_file(season):
    with refused_by("ranking_is_accounted_for"):
        copy_of(season.ranking, digest="")
    paper = paper_actions.request_paper(season.ranking, by=season.secretary)
    with refused_by("one_ranking_paper_for_each_place"):
        copy_of(paper)
    with refused_by("ranking_paper_drawn_with_file"):
        RankingPaper.objects.update(state="drawn")
    with refused_by("ranking_paper_parked_with_reason"):
        RankingPaper.objects.update(state="parked")
