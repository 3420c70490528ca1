"""The parents of an organisation stay known, whoever takes them out."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from enterprises.models import Organisation, ParentLink
from enterprises.organisations import actions
from enterprises.organisations.queries import kin_among, kin_of, parents_by_code
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import refused_by

history = import_module("enterprises.migrations.0010_parents_stay_known").history


NONE = {"parent_name": "", "parent_code": ""}


def named(parent):
    return {"parent_name": parent.name, "parent_code": parent.credit_code}


@pytest.fixture
def parent(db):
    return given.organisation()


@pytest.fixture
def child(parent):
    """A subsidiary that took its parent out in summer."""
    with clock.at(given.SPRING):
        child = given.organisation(**named(parent))
    with clock.at(given.AFTER_NOTICE):
        return actions.edit(child, by=given.owner_of(child), **NONE)


def test_a_parent_that_is_taken_out_stays_known_with_its_days_and_who_did_it(child, parent):
    rows = [(row.parent_code, row.since, row.recorded_by) for row in child.parent_links.order_by("pk")]

    owner = given.owner_of(child)
    assert rows == [(parent.credit_code, given.SPRING, owner), ("", given.AFTER_NOTICE, owner)]
    [row] = parents_by_code({child.credit_code})[child.credit_code]
    assert (row.parent_name, row.until) == (parent.name, given.AFTER_NOTICE)


def test_who_left_a_group_is_found_from_both_sides_with_the_day(child, parent):
    day = given.AFTER_NOTICE.date()

    for firm, other in ((child, parent), (parent, child)):
        [gone] = [kin for kin in kin_of(firm) if kin.firm == other]
        assert (gone.ended.child_name, gone.ended.parent_name, gone.ended.until) == (child.name, parent.name, day)
        assert gone.counts_since(day)
        assert not gone.counts_since(clock.today().replace(year=day.year + 1))
    assert [kin.firm for kin in kin_of(child) if kin.ended is None] == [child]


def test_other_facts_leave_no_row_and_a_first_parent_leaves_one(parent):
    firm = given.organisation()
    owner = given.owner_of(firm)

    actions.edit(firm, by=owner, address="佛山市新路 2 号")
    assert not firm.parent_links.exists()
    actions.edit(firm, by=owner, **named(parent))

    assert firm.parent_links.count() == 1
    assert {kin.firm for kin in kin_of(firm)} == {firm, parent}


def test_the_group_of_many_takes_as_many_queries_as_of_one(child, parent, django_assert_num_queries):
    firms = [given.organisation(**named(parent)) for _ in range(3)]

    for some in (firms[:1], firms):
        with django_assert_num_queries(4):
            kin_among(some)


def test_staff_read_the_history_on_the_page_of_the_organisation(child, parent):
    page = office(given.secretary()).get(record_url(child)).text

    assert parent.name in page
    assert "没有上级单位" in page
    assert f"{given.AFTER_NOTICE:%Y-%m-%d}" in page


# --- the database -------------------------------------------------------------------------------------


def now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("facts", [NONE, {"parent_name": "某集团", "parent_code": "91440600MA00000000"}])
def test_no_parent_is_changed_past_the_history(parent, facts):
    firm = given.organisation(**named(parent))

    with refused_by("parent_stands"):
        Organisation.objects.filter(pk=firm.pk).update(**facts)
        now()


def test_no_history_is_written_past_the_parent(parent):
    firm = given.organisation()

    with refused_by("parent_stands"):
        ParentLink.objects.create(organisation=firm, recorded_by=given.owner_of(firm), **named(parent))
        now()


def test_no_organisation_comes_with_a_parent_that_is_not_kept(parent):
    firm = given.organisation()

    with refused_by("parent_stands"), transaction.atomic():
        firm.pk = None
        firm.credit_code, firm.parent_name, firm.parent_code = given.credit_code(), parent.name, parent.credit_code
        firm.save(force_insert=True)
        now()


def test_a_parent_is_kept_with_name_and_code_or_not_at_all(parent):
    firm = given.organisation()

    with refused_by("parent_link_named_with_code"):
        ParentLink.objects.create(organisation=firm, recorded_by=given.owner_of(firm), parent_name="某集团")


# --- what there was before ----------------------------------------------------------------------------


def event(at, person, **changes):
    return SimpleNamespace(at=at, actor_id=person, details={"changes": changes})


def firm_of(name="", code=""):
    return SimpleNamespace(parent_name=name, parent_code=code, created_at="开始", created_by_id=1)


@pytest.mark.parametrize(
    ("firm", "events", "expected"),
    [
        (firm_of(), [], []),
        (firm_of("甲", "A"), [], [("开始", 1, "甲", "A")]),
        (
            firm_of(),
            [event("后来", 2, parent_name=["甲", ""], parent_code=["A", ""], address=["旧", "新"])],
            [("开始", 1, "甲", "A"), ("后来", 2, "", "")],
        ),
        (
            firm_of("乙", "B"),
            [
                event("先", 2, parent_name=["", "甲"], parent_code=["", "A"]),
                event("中", 3, parent_name=["甲", "甲集团"]),
                event("后", 4, parent_name=["甲集团", "乙"], parent_code=["A", "B"]),
            ],
            [("先", 2, "甲", "A"), ("中", 3, "甲集团", "A"), ("后", 4, "乙", "B")],
        ),
    ],
)
def test_the_migration_reads_former_parents_from_the_trail(firm, events, expected):
    rows = [(at, by, said["parent_name"], said["parent_code"]) for at, by, said in history(firm, events)]

    assert rows == expected
