from awards.workflow import Refused
from foshan_quality.lib.problems import Problem

from .bars import said
from .queries import bar_against


def refuse_barred(edition, organisation):
    """Refuse what a firm wants to do in an edition while it is barred from it; the sentence says why and how long."""
    found = bar_against(edition, organisation)
    if found:
        raise Refused([Problem("barred", said(found.reason, found.place, found.editions, edition.ordinal))])
