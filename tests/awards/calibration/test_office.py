"""The review board and the calibration as pages: same number of queries at any size, only for the secretariat."""

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from awards.calibration.queries import calibrated
from awards.models import Application, Assignment, Item, Mark, Ranking, ReviewCase, ScoreSheet
from awards.process import State
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from tests import given
from tests.desk import list_url, office

pytestmark = pytest.mark.django_db
DUE = {"scoring_days": "5", "spread_limit": "40"}


def board(user, **asked):
    return office(user).get(list_url(ReviewCase, **asked))


def numbers(response):
    return [case.number for case, _figures, _flags in response.context_data["rows"]]


def more_cases(season, count):
    """Bare rows beside the season's one case, as an edition with more applicants has them."""
    for n in range(count):
        Application.objects.create(
            edition=season.edition,
            organisation=given.organisation(),
            created_by=season.secretary,
            submitted_at=given.SPRING,
            submitted_by=season.secretary,
            number=f"Z-{n}",
            state=State.IN_REVIEW,
        )


@pytest.mark.parametrize(("asked", "queries"), [({}, 10), ({"sort": "-spread"}, 9)])
def test_the_board_asks_the_database_as_often_for_three_cases_as_for_one(asked, queries, django_assert_num_queries):
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")
    client = office(season.secretary)
    address = list_url(ReviewCase, **asked)
    client.get(address)

    with django_assert_num_queries(queries):
        assert len(client.get(address).context_data["rows"]) == 1
    more_cases(season, 2)
    with django_assert_num_queries(queries):
        assert len(client.get(address).context_data["rows"]) == 3


def test_an_experts_desk_asks_the_database_as_often_for_three_cases_as_for_one(django_assert_num_queries):
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")
    client, address = office(season.experts[0]), list_url(Assignment)
    client.get(address)

    with django_assert_num_queries(8):
        assert len(client.get(address).context_data["cl"].result_list) == 1
    more_cases(season, 2)
    for case in season.applications:
        Assignment.objects.get_or_create(
            application=case, expert=season.experts[0], defaults={"assigned_by": season.secretary}
        )
    with django_assert_num_queries(8):
        assert len(client.get(address).context_data["cl"].result_list) == 3


def test_the_board_shows_filters_sorts_and_says_so():
    season = given.walk_to("panelled", firms=1, experts=2, experts_per_application="2", **DUE)
    more_cases(season, 1)
    case = season.applications[1]
    first, second = Assignment.objects.order_by("pk")
    with clock.at(given.REVIEW + timedelta(days=3)):
        given.score(first, 85)
        early = board(season.secretary)
        given.score(second, 80)
    with clock.at(given.REVIEW + timedelta(days=9)):
        wide = board(season.secretary, flag="wide", sort="-mean")

    assert numbers(early) == [case.number, "Z-0"] if case.number < "Z-0" else ["Z-0", case.number]
    [(_case, figures, flags)] = wide.context_data["rows"]
    assert (str(figures.mean), str(figures.spread), flags) == ("825.00", "50.00", ["离散过大"])
    assert "离散过大，共 <strong>1</strong> 件；全届评分表已交 <strong>2</strong>／应交 <strong>2</strong>" in (
        " ".join(wide.content.decode().split())
    )
    assert numbers(board(season.secretary, q="Z-")) == ["Z-0"]
    assert numbers(board(season.secretary, flag="none")) == ["Z-0"]
    assert numbers(board(season.secretary, district="440606")) == []
    assert numbers(board(season.secretary, sort="-number")) == numbers(board(season.secretary))[::-1]


def test_a_filter_the_board_does_not_offer_is_refused_and_nobody_else_gets_in():
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1")

    assert board(season.secretary, organisation__name="x").status_code == 400
    assert board(season.secretary, sort="applicant").status_code == 200
    assert [board(user).status_code for user in (season.experts[0], given.member())] == [403, 403]


def test_without_an_edition_the_board_says_so():
    assert "还没有进入评审的届次" in board(given.secretary()).content.decode()


# --- calibration --------------------------------------------------------------------------------------


@pytest.fixture
def marked():
    """Six cases, four experts, one of them always ten points of a hundred below the others."""
    season = given.walk_to("panelled", firms=1, experts=4, experts_per_application="1")
    more_cases(season, 5)
    items = list(Item.objects.filter(category__rubric=season.edition.rubric))
    for n, case in enumerate(season.applications):
        for seat, expert in enumerate(season.experts):
            assignment, _ = Assignment.objects.update_or_create(
                application=case, expert=expert, defaults={"assigned_by": season.secretary, "state": "submitted"}
            )
            percentage = 60 + 5 * n - 10 * (seat == 0) + 5 * ((n + seat) % 2)
            sheet = ScoreSheet.objects.create(assignment=assignment, total=percentage * 10, submitted_at=given.REVIEW)
            Mark.objects.bulk_create(Mark(sheet=sheet, item=item, percentage=percentage) for item in items)
    return season


def page_url(season, more=""):
    return f"/office/awards/reviewcase/calibration/{season.edition.pk}/{more}"


def test_the_page_names_the_severe_expert_with_interval_chart_method_and_literature(marked, django_assert_num_queries):
    client, severe = office(marked.secretary), marked.experts[0]
    ranked_before = Ranking.objects.count()

    page = client.get(page_url(marked)).content.decode()

    assert f'<th scope="row">{severe.name}</th>' in page
    assert page.count("偏严</span>") == 1
    assert '<svg class="chart"' in page
    for work in ("de Gruijter", "Shrout", "Krippendorff", "不改变任何评分和排名"):
        assert work in page
    assert AuditEvent.objects.filter(verb="read_calibration").count() == 1
    assert Ranking.objects.count() == ranked_before
    with django_assert_num_queries(14):
        client.get(page_url(marked))


def test_too_little_data_is_said_instead_of_numbers():
    season = given.walk_to("scored", firms=1, experts=2, experts_per_application="2")

    page = office(season.secretary).get(page_url(season)).content.decode()

    assert "资料太少，不作估计" in page
    assert '<svg class="chart"' not in page


def test_the_tables_are_exported_and_noted(marked):
    client = office(marked.secretary)

    sheets = {
        name: load_workbook(io.BytesIO(client.get(page_url(marked, f"{name}.xlsx")).content)).active
        for name in ("experts", "items", "cases")
    }

    assert sheets["experts"]["A2"].value == marked.experts[0].name
    assert sheets["items"].max_row == 24
    assert sheets["cases"].max_row == 1 + len(calibrated(marked.edition).changes)
    assert AuditEvent.objects.filter(verb="export_calibration").count() == 3
    assert client.get(page_url(marked, "names.xlsx")).status_code == 404
    assert client.get("/office/awards/reviewcase/calibration/0/").status_code == 404
    expert = office(marked.experts[0])
    assert [expert.get(page_url(marked, more)).status_code for more in ("", "experts.xlsx")] == [403, 403]
