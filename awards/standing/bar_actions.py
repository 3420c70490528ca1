from awards.workflow import Refused
from foshan_quality.lib.problems import Problem

from .bars import group_said, said
from .queries import bar_against, group_bars


def refuse_barred(edition, organisation):
    """Refuse what a firm wants to do in an edition while it is barred from it; the sentence says why and how long."""
    found = bar_against(edition, organisation)
    if found:
        raise Refused([Problem("barred", said(found.reason, found.place, found.editions, edition.ordinal))])


def group_problems(edition, organisation):
    """Why a firm cannot be accepted for the bars of its group: a person looks whether the group is as registered."""
    found = group_bars(edition, organisation)
    if not found:
        return []
    rule = edition.rules.get(key="bar_group")
    basis = f"{rule.document}{rule.article}"
    return [
        Problem("group_barred", group_said(firm.name, bar.reason, bar.place, bar.editions, basis))
        for firm, bar in found
    ]
