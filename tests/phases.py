"""A season whose review has phases: built by walking the actions, a step further than `given`."""

from datetime import timedelta

from awards.consensus import actions as agreeing
from awards.models import Item, ReviewPhase
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from foshan_quality.lib import clock
from tests import given

THREE = "独立评审 40、合议评审 30、现场评审 30"
TALK = given.REVIEW + timedelta(days=15)
VISIT = given.REVIEW + timedelta(days=40)
WIDE = {"4.1.2": (90, 50, 40), "4.7.2": (30, 60, 90)}  # what three experts give, far apart
NARROW = (70, 75, 65)  # means 70


def scored(*, firms=1, experts=3, rules=None, **more):
    """A season with the three phases, every sheet in, consensus begun as a phase."""
    small = {"experts_per_application": str(experts), "shortlist_per_place": "3/2"} | (rules or {})
    season = given.walk_to("panelled", firms=firms, experts=experts, phases=THREE, **small)
    with clock.at(given.REVIEW + timedelta(days=3)):
        for application in season.applications:
            for turn, seat in enumerate(application.assignments.order_by("pk")):
                mark(seat, turn, **more)
    with clock.at(TALK):
        phasing.open_phase(phase(season, "consensus"), by=season.secretary)
    return season


def mark(seat, turn, strengths="方法系统。", improvements="加强对比。"):
    """One expert's whole sheet, submitted."""
    reviewing.declare_free(seat, by=seat.expert)
    codes = Item.objects.filter(category__rubric=seat.application.edition.rubric).values_list("code", flat=True)
    marks = {code: (WIDE.get(code, NARROW)[turn % 3], strengths, improvements) for code in codes}
    reviewing.save_marks(seat, by=seat.expert, marks=marks, version=0)
    return reviewing.submit_sheet(seat, by=seat.expert)


def phase(season, kind):
    return ReviewPhase.objects.get(edition=season.edition, kind=kind)


def talking(season, application=None):
    with clock.at(TALK):
        return agreeing.begin(application or season.applications[0], by=season.secretary)


def head_of(application):
    return application.assignments.get(is_head=True).expert


DISCUSSED = {"4.1.2": (60, "核对了附件。"), "4.7.2": (55, "看了三年数据。")}


def agreed(season, application=None):
    """A closed consensus."""
    consensus = talking(season, application)
    head = head_of(consensus.application)
    with clock.at(TALK):
        saved = agreeing.save_items(consensus, by=head, items=DISCUSSED, version=0)
        return agreeing.close(consensus, by=head, version=saved.version)
