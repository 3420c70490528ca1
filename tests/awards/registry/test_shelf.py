"""The data files hold what the research found, and nothing more."""

from awards.registry.loading import rows_of
from awards.registry.shelf import conditions, gaps

CITY = "佛山市政府质量奖"


def test_what_is_listed_and_what_is_missing_add_up():
    listed = [row for row in rows_of("laureates.csv") if row["honour"] == CITY]
    for gap in gaps():
        if gap.kind == CITY:
            assert sum(int(row["edition_year"]) == gap.year for row in listed) == gap.known


def test_an_unknown_list_is_not_given_a_number():
    fourth = next(gap for gap in gaps() if gap.edition == "第四届")

    assert fourth.total is None
    assert str(fourth) == "第四届佛山市政府质量奖：未查到公开名单；公开报道称南海区有2家获奖。"


def test_the_circulars_name_is_used_not_the_misprint():
    names = [row["organisation"] for row in rows_of("laureates.csv")]

    assert "科顺防水科技股份有限公司" in names
    assert "顺防水科技股份有限公司" not in names


def test_every_record_and_condition_names_its_source():
    assert all(len(row["source"]) >= 10 for row in rows_of("laureates.csv"))
    assert all(condition.document for condition in conditions())
