from awards.workflow import Refused
from foshan_quality.lib.problems import Problem

from .bars import group_noted, group_said, said
from .queries import bar_against, group_bars


def refuse_barred(edition, organisation):
    """Refuse what a firm wants to do in an edition while it is barred from it; the sentence says why and how long."""
    found = bar_against(edition, organisation)
    if found:
        raise Refused([Problem("barred", said(found.reason, found.place, found.editions, edition.ordinal))])


def group_problems(edition, organisation):
    """Why a firm cannot be accepted for the bars of its group: a person looks whether the group is as registered."""
    if not edition.settled.get("bar_group"):
        return []
    found = group_findings(edition, organisation)
    return [problem for problem in found if problem.code == "group_barred"]


def group_findings(edition, organisation):
    """The same with what stops nothing and wants a look: bars that the edition's rules do not extend to the group, and
    those of a member that has left it."""
    found = group_bars(edition, organisation)
    if not found:
        return []
    rule = edition.rules.get(key="bar_group") if edition.settled.get("bar_group") else None
    return [_of_member(kin, bar, rule) for kin, bar in found]


def _of_member(kin, bar, rule):
    facts = kin.firm.name, bar.reason, bar.place, bar.editions
    if rule is None or kin.ended:
        return Problem("group_to_look_at", group_noted(*facts, kin.ended.said if kin.ended else ""))
    return Problem("group_barred", group_said(*facts, f"{rule.document}{rule.article}"))
