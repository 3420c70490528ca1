"""A season whose review has phases: built by walking the actions, a step further than `given`."""

import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from awards.consensus import actions as agreeing
from awards.feedback import actions as telling
from awards.hearings import actions as hearing
from awards.models import Item, ReviewPhase
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from awards.site_visits import actions as visiting
from foshan_quality.lib import clock
from tests import given
from tests.kept import kept

THREE = "独立评审 40、合议评审 30、现场评审 30"
FOUR = "独立评审 40、合议评审 20、现场评审 20、陈述答辩 20"
TALK = given.REVIEW + timedelta(days=15)
VISIT = given.REVIEW + timedelta(days=40)
WIDE = {"4.1.2": (90, 50, 40), "4.7.2": (30, 60, 90)}  # what three experts give, far apart
NARROW = (70, 75, 65)  # means 70


@kept
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


@kept
def agreed(season, application=None):
    """A closed consensus."""
    consensus = talking(season, application)
    head = head_of(consensus.application)
    with clock.at(TALK):
        saved = agreeing.save_items(consensus, by=head, items=DISCUSSED, version=0)
        return agreeing.close(consensus, by=head, version=saved.version)


# --- site visits and feedback -------------------------------------------------------------------------

PLAN = {
    "first_day": VISIT.date(),
    "last_day": VISIT.date() + timedelta(days=1),
    "place": "佛山市某路 1 号",
    "agenda": "首次会议；查看现场；末次会议。",
}


@kept
def shortlisted(**kwargs):
    """A season whose only case is agreed on and shortlisted, with the phase of site visits begun."""
    season = scored(**kwargs)
    for application in season.applications:
        agreed(season, application)
    given.WALK["ranked"](season)
    given.WALK["shortlisted"](season)
    with clock.at(TALK + timedelta(days=8)):
        phasing.open_phase(phase(season, "site_visit"), by=season.secretary)
    season.edition.refresh_from_db()
    return season


@kept
def planned(season, *, experts=None, **changes):
    """A planned visit with a team: two of the panel, unless told otherwise."""
    experts = experts or season.experts[:2]
    with clock.at(TALK + timedelta(days=9)):
        visit = visiting.plan(season.applications[0], by=season.secretary, **PLAN | changes)
        return visiting.set_team(visit, by=season.secretary, experts=experts, head=experts[0])


@kept
def told(season, **changes):
    """A visit the applicant knows of, its team declared."""
    visit = planned(season, **changes)
    with clock.at(TALK + timedelta(days=9)):
        visit = visiting.tell(visit, by=season.secretary)
        for seat in visit.seats.all():
            visiting.join(visit, by=seat.expert)
    return visit


def picture():
    """A small real photo."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(file, "JPEG")
    return SimpleUploadedFile("现场.jpg", file.getvalue(), "image/jpeg")


@kept
def visited(season, *, photo=None, **changes):
    """A visit with minutes, evidence and one new mark, ready to be locked. Of three experts, the item stood at 70 %."""
    visit = told(season, **changes)
    head = visit.seats.get(is_head=True).expert
    for kind in ("opening", "closing"):
        visiting.write_minutes(
            visit, by=head, kind=kind, held_at=clock.now(), attendance="双方代表", text="按议程进行。", version=0
        )
    visiting.add_evidence(visit, by=head, item="4.5.2", seen="查看了作业指导书。", photo=photo)
    return visiting.rescore(visit, by=head, item="4.5.2", percentage=80, reason="现场与记录一致。")


@kept
def report(season):
    """A drafted feedback report."""
    return telling.draft_all(by=season.secretary, edition=season.edition)


# --- hearings -----------------------------------------------------------------------------------------

WITH_HEARING = "独立评审 60、陈述答辩 40"
HEARD = VISIT + timedelta(days=5)


@kept
def to_be_heard(*, firms=2, experts=2):
    """A season whose cases are all shortlisted, with the phase of hearings begun; nobody has called it yet."""
    small = {"experts_per_application": str(experts), "shortlist_per_place": "3/2", "quota": str(firms)}
    season = given.walk_to("shortlisted", firms=firms, experts=experts, phases=WITH_HEARING, **small)
    with clock.at(VISIT):
        phasing.open_phase(phase(season, "hearing"), by=season.secretary)
    return season


@kept
def called(season, **changes):
    """A hearing that is called, its order drawn, nobody told."""
    facts = {"sessions": [(HEARD, HEARD + timedelta(hours=3))], "place": "佛山市某会议室"} | changes
    with clock.at(VISIT):
        return hearing.call(by=season.secretary, edition=season.edition, **facts)


@kept
def told_of_hearing(season, **changes):
    """A hearing that applicants and experts know of."""
    with clock.at(VISIT):
        return hearing.tell(called(season, **changes), by=season.secretary)
