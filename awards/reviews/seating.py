"""What the rules of panels look at, read from the records: the experts of a season and its cases. Queries."""

from collections import defaultdict

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from awards.experts.models import Engagement
from awards.experts.queries import conflicts_between, engaged_experts, with_ties

from .checking import Candidate, Case, Rules
from .models import Assignment

RECUSED = Assignment.State.RECUSED


def rules_of(edition):
    """The edition's rules for a panel. No query, once the rules are read."""
    settled = edition.settled
    return Rules(
        size=settled["experts_per_application"],
        fields=settled["panel_fields"],
        districts=settled["panel_districts"],
        in_field=settled["panel_in_field"],
    )


def people_of_season(edition):
    """The experts who have accepted, as entries of the pool with `days` and `load`, their cases, and with their ties.

    Three queries, once it is gone through.
    """
    days = Engagement.objects.filter(edition=edition, expert=OuterRef("pk")).values("days")
    seats = Assignment.objects.sitting().filter(application__edition=edition, expert=OuterRef("user"))
    load = seats.order_by().values("expert").annotate(n=Count("pk")).values("n")
    people = with_ties(engaged_experts(edition))
    return people.annotate(days=Subquery(days), load=Coalesce(Subquery(load), 0))


def candidates_of(people, edition):
    """The experts of the season as the rules see them, by account. No query beyond `people`."""
    most, daily = edition.settled["cases_per_expert"], edition.settled["cases_per_day"]
    return {
        expert.user_id: Candidate(
            key=expert.user_id,
            name=str(expert.user),
            tags=expert.tags,
            district=expert.district_said,
            capacity=min(most, daily * expert.days),
            load=expert.load,
            may_head=expert.may_head,
        )
        for expert in people
    }


def cases_of(applications, people, edition):
    """The applications as the rules see them, with their seats and who must not sit. Four queries, any number.

    `people` are the experts in question as `people_of_season` reads them; `applications` come with their organisation.
    """
    seats = defaultdict(list)
    for seat in Assignment.objects.filter(application__in=applications).select_related("expert").order_by("pk"):
        seats[seat.application_id].append(seat)
    barred = defaultdict(dict)
    for (expert, application), reasons in conflicts_between(list(people), applications, edition).items():
        barred[application][expert] = " ".join(problem.text for problem in reasons)
    return [_case(application, seats[application.pk], barred[application.pk]) for application in applications]


def _case(application, seats, barred):
    sitting = [seat for seat in seats if seat.state != RECUSED]
    gone = [seat for seat in seats if seat.state == RECUSED]
    stepped_back = {seat.expert_id: f"{seat.expert}已对该申报回避，不能再次分配。" for seat in gone}
    return Case(
        key=application.pk,
        number=application.number,
        industry=application.organisation.industry,
        seated=frozenset(seat.expert_id for seat in sitting),
        head=next((seat.expert_id for seat in sitting if seat.is_head), None),
        barred=tuple(sorted((stepped_back | barred).items())),
    )
