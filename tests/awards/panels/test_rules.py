"""Panels by machine: whatever is proposed keeps every rule. Pure: no database."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.panels import lists
from awards.panels.proposing import even_shares, propose
from awards.reviews.checking import Candidate, Case, Rules, breaches, overloads

TAGS = ["装备制造", "家电", "陶瓷", "质量管理"]
DISTRICTS = ["禅城区", "南海区", "市外"]


def expert(key, tags=("装备制造",), district="南海区", capacity=10, load=0, may_head=True):
    return Candidate(key, f"专家{key}", tuple(tags), district, capacity, load, may_head)


def pool(*experts):
    return {e.key: e for e in experts}


def panels_of(cases, proposal):
    members = {case.key: list(case.seated) for case in cases}
    for case, key in proposal.seats:
        members[case].append(key)
    return members


@st.composite
def seasons(draw):
    """Some cases, some already with an expert, and a pool that may or may not suffice."""
    experts = pool(
        *(
            expert(
                key,
                draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=2, unique=True)),
                draw(st.sampled_from(DISTRICTS)),
                capacity=draw(st.integers(1, 6)),
                may_head=draw(st.booleans()),
            )
            for key in range(draw(st.integers(2, 8)))
        )
    )
    cases = []
    for key in range(draw(st.integers(1, 6))):
        free = sorted(experts)
        seated = draw(st.frozensets(st.sampled_from(free), max_size=1)) if draw(st.booleans()) else frozenset()
        barred = draw(st.frozensets(st.sampled_from(free), max_size=2)) - seated
        head = next((k for k in seated if experts[k].may_head), None)
        why = tuple((k, "有利害关系。") for k in sorted(barred))
        cases.append(Case(100 + key, f"N{key}", draw(st.sampled_from(TAGS)), seated, head, why))
    loads = Counter(k for case in cases for k in case.seated)
    experts = {
        k: Candidate(k, e.name, e.tags, e.district, max(e.capacity, loads[k]), loads[k], e.may_head)
        for k, e in experts.items()
    }
    rules = Rules(draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(0, 1)))
    return cases, experts, rules


@settings(max_examples=80, deadline=None)
@given(seasons(), st.integers(0, 5))
def test_a_proposal_keeps_every_rule_or_says_which_cannot_be_kept(season, seed):
    cases, experts, rules = season

    proposal = propose(cases, experts, rules, seed)

    if proposal.problems:
        assert proposal.seats == proposal.heads == ()
        assert all(p.code == "room" or any(case.number in p.text for case in cases) for p in proposal.problems)
        return
    members, heads = panels_of(cases, proposal), dict(proposal.heads)
    assert {case.key: breaches(case, members[case.key], heads[case.key], experts, rules) for case in cases} == {
        case.key: [] for case in cases
    }
    assert overloads(proposal.seats, experts) == []
    assert all(len(set(panel)) == len(panel) for panel in members.values())


@settings(max_examples=25, deadline=None)
@given(seasons(), st.integers(0, 5))
def test_the_same_seed_on_the_same_ground_gives_the_same_proposal(season, seed):
    assert propose(*season, seed) == propose(*season, seed)


def test_loads_are_as_even_as_they_can_be():
    cases = [Case(key, f"N{key}", "家电") for key in range(20)]
    experts = pool(*(expert(key) for key in range(9)))

    proposal = propose(cases, experts, Rules(3), 1)

    assert sorted(Counter(key for _case, key in proposal.seats).values()) == [6, 6, 6, 7, 7, 7, 7, 7, 7]


def test_who_has_cases_already_gets_fewer_and_who_has_little_time_no_more_than_fit():
    experts = pool(expert(1, load=6), expert(2, capacity=2), expert(3), expert(4))

    assert even_shares(experts, 8) == pytest.approx({1: 6, 2: 2, 3: 3, 4: 3})


def test_whoever_sits_already_stays_and_keeps_the_chair():
    experts = pool(expert(1, load=1), expert(2), expert(3), expert(4))
    case = Case(9, "N9", "家电", seated=frozenset({1}), head=1)

    proposal = propose([case], experts, Rules(3), 1)

    assert len(proposal.seats) == 2
    assert 1 not in {key for _case, key in proposal.seats}
    assert proposal.heads == ((9, 1),)


def said(cases, experts, rules):
    return [problem.text for problem in propose(cases, experts, rules, 1).problems]


def test_what_cannot_be_met_is_said_by_case_and_rule():
    barred = ((1, "工作单位就是申报单位。"),)
    two = pool(expert(1), expert(2, may_head=False))

    assert said([Case(9, "N9", "家电", barred=barred)], two, Rules(2, fields=2, in_field=1)) == [
        "N9：需 2 名专家，没有利害关系、尚有余量的专家中只有 1",
        "N9：需 2 个专业领域，没有利害关系、尚有余量的专家中只有 1",
        "N9：需 1 名熟悉所属行业的专家，没有利害关系、尚有余量的专家中只有 0",
        "N9：没有可任组长的专家",
    ]


def test_what_cannot_be_met_together_is_said_with_the_fewest_breaches():
    experts = pool(expert(1, capacity=1), expert(2, capacity=2), expert(3, capacity=2), expert(4, capacity=1))
    barred = [Case(2, "N2", "家电", barred=((4, "持股。"),)), Case(1, "N1", "家电", barred=((4, "持股。"),))]

    [problem] = said(barred, experts, Rules(3))

    assert problem in {f"N{key}：评审组人数还差 1（其余案件占用了专家的余量）" for key in (1, 2)}


def test_more_seats_than_all_can_take_is_said_in_one_sentence():
    cases = [Case(key, f"N{key}", "家电") for key in (1, 2)]
    experts = pool(expert(1, capacity=1), expert(2, capacity=2), expert(3, capacity=2))

    assert said(cases, experts, Rules(3)) == [
        "全部 2 件申报还需 6 件次评审，全部专家的余量合计只有 5 件次，还差 1 件次"
    ]


def test_a_panel_is_told_everything_that_is_wrong_with_it():
    experts = pool(expert(1), expert(2, may_head=False))
    case = Case(9, "N9", "家电", barred=((1, "任职于该单位。"),))

    problems = breaches(case, [1, 2], 2, experts, Rules(3, 2, 2, 1))

    assert [problem.code for problem in problems] == [
        "conflict",
        "too_few",
        "fields",
        "districts",
        "in_field",
        "head",
    ]


# --- the file ----------------------------------------------------------------------------------------


def test_a_file_that_was_written_is_read_back():
    text = lists.written(
        [["FS1", "某公司", "a@example.invalid", "专家甲", "某大学", "是", "评审中"], ["FS2", *[""] * 6]]
    )

    wanted, flaws = lists.read(text.encode())

    assert wanted == [lists.Wanted(2, "FS1", "a@example.invalid", True)]
    assert flaws == ["第 3 行：申报编号和专家邮箱都要填。"]


def test_no_cell_of_the_file_is_taken_for_a_formula():
    assert "'=1+1" in lists.written([["FS1", "=1+1", "", "", "", "", ""]])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_is_read_in_either_encoding_and_every_flaw_is_named(encoding):
    text = "专家邮箱,申报编号,组长\nA@x.invalid,FS1,是\nb@x.invalid,FS1,也许\n,,\n"

    wanted, flaws = lists.read(text.encode(encoding))

    assert wanted == [lists.Wanted(2, "FS1", "a@x.invalid", True)]
    assert flaws == ["第 3 行：“组长”只能填“是”“否”或留空，现为“也许”。"]


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff", "申报编号\n1".encode(), b"x" * (lists.MOST_BYTES + 1)])
def test_what_is_no_such_file_is_not_taken(content):
    with pytest.raises(lists.Unreadable):
        lists.read(content)
