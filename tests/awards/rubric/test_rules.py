import json
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.models import Category, Edition, Item, Rubric
from awards.rubric.loading import SHELF, BadRubric, load_rubric
from awards.rubric.queries import categories_of, items_of, points_of
from awards.rubric.scoring import is_step, item_score, total
from tests import given as factory
from tests.steps import copy_of, refused_by

FILE = SHELF / "gbt19580-2012.json"


# --- arithmetic ---------------------------------------------------------------------------------------


def test_the_standards_own_example_is_exact():
    assert item_score(15, 55) == Decimal("8.25")


def second_total(points, percentages):
    """Another way: exact fractions, rounded at no place, for whole percentages of whole points."""
    return sum(Fraction(points[code] * percentages[code], 100) for code in points)


SHEETS = st.dictionaries(
    st.sampled_from([f"4.{n}.{m}" for n in range(1, 8) for m in range(1, 6)]),
    st.tuples(st.integers(1, 1000), st.sampled_from(range(0, 101, 5))),
    max_size=35,
)


@settings(max_examples=500, deadline=None, database=None)
@given(SHEETS)
def test_totals_equal_a_second_implementation_without_any_rounding(sheet):
    points = {code: worth for code, (worth, _percentage) in sheet.items()}
    percentages = {code: percentage for code, (_worth, percentage) in sheet.items()}

    result = total(points, percentages)

    assert Fraction(result) == second_total(points, percentages)
    assert result.as_tuple().exponent == -2


@settings(max_examples=200, deadline=None, database=None)
@given(st.integers(1, 1000), st.integers(0, 100))
def test_an_items_score_lies_between_nothing_and_its_points(points, percentage):
    assert 0 <= item_score(points, percentage) <= points


def test_a_sheet_with_an_unmarked_item_has_no_total():
    with pytest.raises(KeyError):
        total({"4.1.2": 40, "4.1.3": 30}, {"4.1.2": 50})


def test_marks_beyond_the_rubric_do_not_count():
    assert total({"4.1.2": 40}, {"4.1.2": 50, "9.9": 100}) == Decimal("20.00")


@pytest.mark.parametrize("step", [1, 5, 10])
def test_the_scale_runs_from_0_to_100_in_steps(step):
    assert [n for n in range(-10, 111) if is_step(n, step)] == list(range(0, 101, step))


# --- the standard -------------------------------------------------------------------------------------


def test_the_standard_has_7_categories_23_items_and_1000_points(db):
    rubric = Rubric.objects.get(code="gbt19580-2012")

    assert len(categories_of(rubric)) == 7
    assert (len(items_of(rubric)), rubric.total) == (23, 1000)
    assert [(c.code, c.points) for c in categories_of(rubric)] == [
        (row["code"], row["points"]) for row in json.loads(FILE.read_text("utf-8"))["categories"]
    ]


def test_all_items_at_full_or_none_give_the_ends_of_the_scale(db):
    points = points_of(Rubric.objects.get(code="gbt19580-2012"))

    assert total(points, dict.fromkeys(points, 100)) == Decimal("1000.00")
    assert total(points, dict.fromkeys(points, 0)) == Decimal("0.00")


def test_loading_again_changes_nothing(db):
    before = list(Item.objects.values_list("pk", "code", "points"))

    load_rubric(FILE)

    assert list(Item.objects.values_list("pk", "code", "points")) == before


@pytest.mark.parametrize("where", ["item", "category", "total"])
def test_a_rubric_that_does_not_add_up_is_not_loaded(db, tmp_path, where):
    data = json.loads(FILE.read_text("utf-8")) | {"code": "bad"}
    if where == "total":
        data["total"] += 1
    else:
        row = data["categories"][0] if where == "category" else data["categories"][0]["items"][0]
        row["points"] += 1
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data), "utf-8")

    with pytest.raises(BadRubric):
        load_rubric(path)

    assert Rubric.objects.filter(code="bad").exists() is False


def test_the_database_refuses_doubled_and_worthless_parts(db):
    with refused_by("awards_rubric_code_key"):
        copy_of(Rubric.objects.get())
    with refused_by("one_category_per_code"):
        copy_of(Category.objects.first())
    with refused_by("one_item_per_code"):
        copy_of(Item.objects.first())
    with refused_by("item_has_points"):
        Item.objects.update(points=0)
    for worth in (0, 10_000):
        with refused_by("rubric_total_fits_a_sheet"):
            Rubric.objects.update(total=worth)
    for step in (0, 101):
        with refused_by("rubric_step_is_a_percentage"):
            Rubric.objects.update(step=step)


@pytest.mark.parametrize("change", ["awards_item SET points = points + 1", "awards_rubric SET total = 999"])
def test_a_rubric_that_does_not_add_up_any_more_is_refused_by_the_database(db, change):
    with refused_by("rubric_adds_up"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {change}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_weights_bands_and_items_are_frozen_once_a_call_is_published_and_the_edition_keeps_its_rubric(db):
    edition = factory.prepared_edition()
    rubric, item = edition.rubric, Item.objects.filter(category__rubric=edition.rubric).first()
    other = Rubric.objects.create(code="other", title="另一版本", total=100)
    other.categories.create(code="A", title="全部").items.create(code="A1", title="全部", points=100)
    Edition.objects.filter(pk=edition.pk).update(rubric=other)
    Edition.objects.filter(pk=edition.pk).update(rubric=rubric)
    Item.objects.filter(pk=item.pk).update(title="仍可更正")

    Edition.objects.filter(pk=edition.pk).update(
        state=Edition.State.PUBLISHED, approval_number="佛评办〔2026〕1号", approved_on="2026-01-20"
    )

    for change in (
        lambda: Item.objects.filter(pk=item.pk).update(points=item.points + 1),
        lambda: Item.objects.filter(pk=item.pk).delete(),
        lambda: copy_of(item, code="4.9.9"),
        lambda: Category.objects.filter(pk=item.category_id).update(kind="results"),
        lambda: copy_of(item.category, code="4.9"),
        lambda: Rubric.objects.filter(pk=rubric.pk).update(step=10),
    ):
        with refused_by("rubric_is_frozen"):
            change()
    with refused_by("edition_keeps_its_rubric"):
        Edition.objects.filter(pk=edition.pk).update(rubric=other)
