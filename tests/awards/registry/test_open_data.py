"""Finding a holder by any of its names, the page of one holder, and the register as open data."""

import json
from datetime import date

import pytest
from django.urls import reverse

from awards.models import Honour, HonourKind
from awards.registry.open_data import FIELDS, schema
from enterprises.districts import District
from tests import given

pytestmark = pytest.mark.django_db


def text(client, page, /, *args, **query):
    answer = client.get(reverse(page, args=args, query=query or None))
    assert answer.status_code == 200
    return answer.content.decode()


def records(client, **query):
    return json.loads(text(client, "laureates_json", **query))


def past(name, *, year=2013, **fields):
    kind = HonourKind.objects.get(name="佛山市政府质量奖")
    return Honour.objects.create(kind=kind, year=year, organisation_name=name, **{"source": "某公报"} | fields)


@pytest.fixture
def renamed():
    """A firm that won under a name it no longer bears."""
    firm = given.organisation("佛山市旧名机械有限公司", district=District.SHUNDE)
    given.recorded_honour(firm)
    return given.renamed(firm, "佛山市新名科技集团有限公司", changed_on=date(2025, 3, 1))


# --- finding ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["旧名机械", "新名科技"])
def test_a_holder_is_found_by_the_name_at_the_award_and_by_todays(client, renamed, name):
    past("别的公司")

    page = text(client, "laureates", name=name)

    assert "共 1 条记录" in page
    assert "佛山市旧名机械有限公司" in page
    assert "现名：佛山市新名科技集团有限公司" in page


def test_a_holder_is_found_by_a_name_borne_in_between(client):
    firm = given.organisation("甲公司")
    given.recorded_honour(firm)
    for name, year in (("乙公司", 2023), ("丙公司", 2025)):
        firm = given.renamed(firm, name, changed_on=date(year, 3, 1))

    assert [row["organisation"] for row in records(client, name="乙公司")["records"]] == ["甲公司"]


def test_the_district_narrows_to_holders_registered_there(client, renamed):
    past("不在平台的公司")

    assert len(records(client, district=District.SHUNDE)["records"]) == 1
    assert records(client, district=District.NANHAI)["records"] == []


# --- one holder ---------------------------------------------------------------------------------------


def test_the_page_of_a_holder_shows_all_its_honours_whatever_the_name_and_rehearsals_apart(client, renamed):
    revoked = {"revoked_on": date(2024, 5, 6), "revoked_because": "弄虚作假。", "revoked_under": "佛府〔2024〕6号"}
    honour = given.recorded_honour(renamed, kind="广东省政府质量奖", year=2019, **revoked)
    given.recorded_honour(renamed, kind="中国质量奖提名奖", year=2026, is_rehearsal=True)
    other = past("别的公司")

    page = text(client, "laureate", honour.pk)

    assert "<title>佛山市新名科技集团有限公司" in page
    assert [
        words in page for words in ("2021年中国质量奖", "弄虚作假。（佛府〔2024〕6号）", "2024-05-06", "曾用名")
    ] == [True] * 4
    assert page.index("演练记录") > page.index("2019年广东省政府质量奖")
    assert "别的公司" not in page
    assert "佛山市新名" not in text(client, "laureate", other.pk)
    assert client.get(reverse("laureate", args=[0])).status_code == 404


def test_the_gaps_of_the_honours_are_stated_on_the_page_of_a_holder(client, history):
    honour = Honour.objects.filter(kind__name="佛山市政府质量奖").first()

    page = text(client, "laureate", honour.pk)

    assert "名录中的空缺" in page
    assert "没有列出的不等于没有获得" in page


def test_the_page_of_a_holder_costs_the_same_with_one_honour_and_with_three(client, django_assert_num_queries):
    firm = given.organisation()
    honour = given.recorded_honour(firm)
    for years in ((), (2015, 2017)):
        for year in years:
            given.recorded_honour(firm, year=year)
        with django_assert_num_queries(3):
            text(client, "laureate", honour.pk)


# --- open data ----------------------------------------------------------------------------------------


def test_the_file_says_where_its_schema_is_and_keeps_to_it(client, history, renamed):
    content = records(client)
    described = json.loads(text(client, "laureates_schema"))

    assert described == schema(content["schema"])
    assert content["schema"].endswith(reverse("laureates_schema"))
    assert set(content) == set(described["required"]) == set(described["properties"])
    assert content["count"] == len(content["records"]) == 33
    assert len(content["gaps"]) > 0
    item = described["properties"]["records"]["items"]
    for record in content["records"]:
        assert list(record) == item["required"]
        for key, value in record.items():
            rule = item["properties"][key]
            kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
            assert {int: "integer", str: "string", type(None): "null"}[type(value)] in kinds
            assert value in rule.get("enum", [value])


def test_every_field_is_explained_on_the_page_about_the_data(client):
    page = text(client, "laureates_data")

    assert [field.key for field in FIELDS if f">{field.key}</span>" not in page or field.says not in page] == []


@pytest.mark.parametrize("name", ["laureates_json", "laureates_csv", "laureates_schema"])
def test_an_unchanged_file_costs_no_transfer(client, renamed, name):
    first = client.get(reverse(name))
    again = client.get(reverse(name), headers={"if-none-match": first["ETag"]})
    past("新公司")
    changed = client.get(reverse(name), headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == (304 if name == "laureates_schema" else 200)
    assert first["Access-Control-Allow-Origin"] == "*"


def test_no_field_of_the_file_speaks_of_a_person(client, renamed):
    content = text(client, "laureates_json") + text(client, "laureates_csv")

    assert [word for word in ("某代表", "某路 1 号", renamed.credit_code) if word in content] == []


def test_the_file_costs_two_queries_at_any_size(client, django_assert_num_queries):
    for size in (1, 3):
        past(f"单位{size}", year=2010 + size)
        with django_assert_num_queries(2):
            records(client)
