"""Who belongs to a group, to this day or once. Pure: no database."""

from datetime import date
from itertools import permutations

from enterprises.organisations.groups import Link, kin


def link(child, parent, until=None):
    return Link(child, f"{child}公司", parent, f"{parent}公司", date(2020, 1, 1), until and date(until, 1, 1))


def found(code, *links):
    """Who is in the group of `code`, each with the year in which that ended or None; the order of links is nothing."""
    [answer] = {
        tuple(sorted((one, ended and ended.until.year) for one, ended in kin([code], order)[code].items()))
        for order in permutations(links)
    }
    return dict(answer)


def test_a_firm_without_links_is_a_group_of_one():
    assert found("甲") == {"甲": None}
    assert found("甲", link("乙", "丙")) == {"甲": None}


def test_parents_subsidiaries_and_sisters_are_one_group_along_any_number_of_steps():
    assert found("甲", link("甲", "乙"), link("丙", "乙"), link("丁", "丙")) == dict.fromkeys("甲乙丙丁")


def test_firms_that_name_each_other_are_one_group():
    assert found("甲", link("甲", "乙"), link("乙", "甲")) == {"甲": None, "乙": None}


def test_who_left_stays_known_with_the_day_and_so_does_who_belongs_to_them():
    left, within = link("甲", "乙", 2025), link("丙", "乙")

    assert found("甲", left, within) == {"甲": None, "乙": 2025, "丙": 2025}
    assert found("丙", left, within) == {"甲": 2025, "乙": None, "丙": None}
    assert kin(["甲"], [left, within])["甲"]["丙"] == left


def test_the_way_that_held_longest_counts_and_the_link_on_it_that_ended_first():
    assert found("甲", link("甲", "乙", 2022), link("甲", "丙", 2025), link("丙", "乙", 2024)) == {
        "甲": None,
        "丙": 2025,
        "乙": 2024,
    }
    assert found("甲", link("甲", "乙", 2022), link("乙", "丙", 2025)) == {"甲": None, "乙": 2022, "丙": 2022}


def test_a_parent_that_was_taken_out_and_named_again_is_the_parent():
    assert found("甲", link("甲", "乙", 2022), link("甲", "乙")) == {"甲": None, "乙": None}


def test_many_firms_are_answered_as_each_one_is():
    links = [link("甲", "乙", 2022), link("丙", "乙"), link("丁", "戊"), link("戊", "丙", 2021)]

    together = kin("甲乙丙丁", links)

    assert together == {code: kin([code], links)[code] for code in "甲乙丙丁"}


def test_a_link_says_from_when_to_when_it_stood():
    assert link("甲", "乙", 2025).said == "甲公司自 2020-01-01 登记上级单位为乙公司，2025-01-01 起不再登记"
    assert link("甲", "乙").said == "甲公司自 2020-01-01 登记上级单位为乙公司"
