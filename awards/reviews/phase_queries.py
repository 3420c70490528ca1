from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from awards.programmes.phase_rules import PERCENT, Cases, Kind
from foshan_quality.permissions import Permission

from .models import Assignment, live, unattached
from .phase_models import ReviewPhase
from .phases import LATE_SEAT, OWN_SEAT

A = Assignment.State
NAMED = 10  # unfinished cases named in a sentence
DONE = {  # what a case of each phase is in once it is done with it
    Kind.INDEPENDENT: ~Q(assignments__state__in=[A.ASSIGNED, A.SITTING]) & Q(assignments__state=A.SUBMITTED),
    Kind.CONSENSUS: Q(consensus__state="closed"),
    Kind.SITE_VISIT: Q(site_visit__state="locked"),
    Kind.HEARING: Q(assignments__state=A.SUBMITTED, hearing_case__isnull=False),  # and every mark is in: see below
}


def phase_of(edition, kind):
    """The edition's phase of this kind, or None. One query."""
    return ReviewPhase.objects.filter(edition=edition, kind=kind).first()


def has_ended(phase):
    """Whether a phase is over. Editions whose review began before phases were rows have none: never. No query."""
    return phase is not None and phase.state == ReviewPhase.State.CLOSED


def phase_is_open(edition, kind):
    """Whether the phase of this kind is open in the edition a record leads to by this path; for annotations."""
    rows = ReviewPhase.objects.filter(edition=OuterRef(edition), kind=kind, state=ReviewPhase.State.OPEN)
    return Exists(rows)


def phases_of(application):
    """The phases of the case's edition by kind. One query, the first time."""
    known = application.__dict__.get("known_phases")
    if known is None:
        rows = ReviewPhase.objects.filter(edition=application.edition_id)
        known = application.known_phases = {phase.kind: phase for phase in rows}
    return known


def goes_on(application, kind):
    """Whether the phase of this kind is open in the case's edition. The query of `phases_of`."""
    phase = phases_of(application).get(kind)
    return phase is not None and phase.is_open


def takes_part(application, kind):
    """The same, and the case is in it now, not decided on already. The query of `phases_of`."""
    return goes_on(application, kind) and application.state == phases_of(application)[kind].state_of_cases


def before_seating(application, otherwise=""):
    """What a page says before a seat of this case is given: that it is too late, if it is. One query."""
    return LATE_SEAT if has_ended(phase_of(application.edition_id, Kind.INDEPENDENT)) else otherwise


def case_page(application, user):
    """Where this person reads about the case in the office, as [(label, url)]: the case, or the own seat. One query."""
    if user.has_perm(Permission.REVIEW_ASSIGN):
        return [("申报", reverse("admin:awards_application_change", args=[application.pk]))]
    seat = Assignment.objects.visible_to(user).sitting().filter(application=application).first()
    return seat_page(seat) if seat else []


def seat_page(seat):
    """The same where the own seat is known. No query."""
    return [("评审任务", reverse("admin:awards_assignment_change", args=[seat.pk]))]


def taking_part(phase):
    """The applications in the phase now, by number."""
    return phase.edition.applications.filter(state=phase.state_of_cases).order_by("number")


def former_phase(phase):
    """The phase before this one, or None. One query."""
    return phase.edition.phases.filter(position=phase.position - 1).first()


def unfinished(phase):
    """The applications in the phase that are not done with it, by number."""
    done = phase.edition.applications.filter(DONE[phase.kind])
    if phase.kind == Kind.HEARING:
        silent = Assignment.objects.filter(state=A.SUBMITTED).exclude(hearing_mark__submitted_at__isnull=False)
        done = done.exclude(pk__in=silent.values("application"))
    return taking_part(phase).exclude(pk__in=done.values("pk"))


def unfinished_said(phase):
    """How many cases are not done with the phase, the first of them named; empty when all are. One query."""
    left = list(unfinished(phase).values_list("number", flat=True))
    named = "、".join(left[:NAMED]) + ("等" if len(left) > NAMED else "")
    return f"还有 {len(left)} 件没有完成{phase.get_kind_display()}：{named}。" if left else ""


def phase_weights(edition, *, is_final):
    """The phases that count, with their weights, in order. One query.

    For the shortlist those in which every application takes part; for the final score all of them.
    """
    rows = edition.phases.order_by("position").values_list("kind", "cases", "weight")
    found = {kind: weight for kind, cases, weight in rows if is_final or cases == Cases.ALL}
    return found or {str(Kind.INDEPENDENT): PERCENT}


def cases_open_to(user, kind):
    """The one answer to who of a panel may see what the others scored in a phase, as keys of applications.

    A subquery.
    """
    seen, of_kind = Q(), Q(application__edition__phases__kind=kind)
    for peers_seen, states in OWN_SEAT.items():
        seen |= Q(application__edition__phases__peers_seen=peers_seen, state__in=states)
    return Assignment.objects.filter(live(), of_kind & seen, expert=user).values("application")


def is_open_to(phase, *, has_submitted):
    """Whether the marks the others gave in this phase are open to one of the panel, by the own mark. No query."""
    return (A.SUBMITTED if has_submitted else A.SITTING) in OWN_SEAT[phase.peers_seen]


def cases_led_by(user):
    """The applications whose panel this person heads while the season lasts, as keys. A subquery."""
    return Assignment.objects.sitting().filter(live(), expert=user, is_head=True).values("application")


def cases_headed_by(user):
    """The same once the season is over too, for what a head still writes then: words without marks. A subquery."""
    return Assignment.objects.sitting().filter(unattached(), expert=user, is_head=True).values("application")


def is_agreed(application):
    """Whether the panel's consensus on the case is closed, so that its sheets stand. One query."""
    return type(application).objects.filter(pk=application.pk, consensus__state="closed").exists()


def is_visited(application):
    """Whether the result of the visit is locked, which rests on what the panel agreed on. One query."""
    return type(application).objects.filter(pk=application.pk, site_visit__state="locked").exists()


def submitted_panel(application):
    """The sitting experts whose sheets are in, in the order in which they were seated. One query."""
    return list(application.assignments.filter(state=A.SUBMITTED).select_related("expert").order_by("pk"))
