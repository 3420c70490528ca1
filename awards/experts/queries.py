from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch
from django.utils.timezone import localdate

from awards.applications.models import Application
from enterprises.memberships.models import Membership
from enterprises.organisations.models import FormerName, Organisation
from enterprises.organisations.queries import parents_by_code
from enterprises.people.models import User
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.lib.tables import sample_headings
from foshan_quality.permissions import Role

from . import lists
from .conflicts import Above, Applicant, Judge, all_conflicts, conflicts, since
from .models import Engagement, Expert, Interest, PledgeText

STANDING = Prefetch("interests", Interest.objects.standing(), to_attr="standing_interests")
BELONGING = Prefetch("user__memberships", Membership.objects.filter(ended_at=None), to_attr="current_memberships")


def first_day_of(edition):
    """The first day on which a past tie still counts under the edition's rules. One query, for the rules."""
    return since(localdate(edition.opens_at), edition.settled["conflict_look_back"])


def judges_of(experts):
    """What the rules must know of these experts, by account. Four queries, any number of them.

    `experts` is a queryset of Expert, or a list of them as `with_ties` reads it.
    """
    people = list(with_ties(experts)) if hasattr(experts, "filter") else experts
    parents = parents_by_code({e.employer_code for e in people if e.employer_code})
    return {expert.user_id: _judge(expert, parents.get(expert.employer_code, [])) for expert in people}


def with_ties(experts):
    """Experts with their account, the interests that stand and the organisations they belong to. Three queries."""
    return experts.select_related("user").prefetch_related(STANDING, BELONGING)


def _judge(expert, parents):
    return Judge(
        name=str(expert.user),
        employer=expert.employer,
        organisations=frozenset(m.organisation_id for m in expert.user.current_memberships),
        employer_code=expert.employer_code,
        group=expert.employer_group,
        parent_code=next((row.parent_code for row in parents if row.until is None), ""),
        phone=expert.user.phone,
        ties=tuple(interest.tie for interest in expert.standing_interests),
        former_parents=_former(parents),
    )


def _former(parents):
    return tuple(Above(row.parent_name, row.parent_code, localdate(row.until)) for row in parents if row.until)


def applicants_of(organisations):
    """What the rules must know of these organisations, in their order. Two queries, any number of them."""
    former = FormerName.objects.filter(organisation=OuterRef("pk")).values("name")
    members = Membership.objects.filter(organisation=OuterRef("pk"), ended_at=None).exclude(user__phone="")
    rows = Organisation.objects.filter(pk__in=[organisation.pk for organisation in organisations]).values_list(
        "pk", ArraySubquery(former), ArraySubquery(members.values("user__phone"))
    )
    known = {key: (names, phones) for key, names, phones in rows}
    parents = parents_by_code({organisation.credit_code for organisation in organisations})
    return [
        Applicant(
            key=o.pk,
            name=o.name,
            code=o.credit_code,
            former_names=tuple(known[o.pk][0]),
            parent_name=o.parent_name,
            parent_code=o.parent_code,
            phones=frozenset(known[o.pk][1]),
            former_parents=_former(parents.get(o.credit_code, [])),
        )
        for o in organisations
    ]


def known_conflicts(expert, application):
    """Why this expert of the pool must not review this application, as far as the portal knows. Seven queries."""
    [judge] = judges_of(Expert.objects.filter(pk=expert.pk)).values()
    [applicant] = applicants_of([application.organisation])
    return conflicts(judge, applicant, first_day_of(application.edition))


def conflicts_between(experts, applications, edition):
    """All conflicts of these experts with these applications, {(account, application): reasons}. Seven queries."""
    organisations = {application.organisation_id: application for application in applications}
    applicants = applicants_of([application.organisation for application in applications])
    found = all_conflicts(judges_of(experts), applicants, first_day_of(edition))
    return {(expert, organisations[organisation].pk): reasons for (expert, organisation), reasons in found.items()}


def engaged_experts(edition):
    """The active experts of the pool who have accepted for this edition, by name. No query yet."""
    accepted = Engagement.objects.accepted().filter(edition=edition)
    return Expert.objects.filter(pk__in=accepted.values("expert"), user__is_active=True).order_by("user__name", "pk")


def is_cleared(user, edition):
    """Whether this expert has accepted, signed the promise and declared the interests for the edition. One query."""
    return Engagement.objects.cleared().filter(expert__user=user, edition=edition).exists()


def text_in_force(edition):
    """The newest version of the promise of an edition, or None before the first invitation. One query."""
    return PledgeText.objects.filter(edition=edition).first()


def names_to_declare(edition):
    """The accepted applications of an edition by name, for a declaration. One query."""
    cases = Application.objects.filter(edition=edition).admitted()
    return list(cases.select_related("organisation").order_by("organisation__name", "pk"))


def entered_interests(expert):
    """What stands of an expert's interests, in words, by credit code or, without one, by name. One query."""
    said = {}
    for interest in expert.interests.standing():
        said.setdefault(interest.credit_code or interest.organisation_name, []).append(interest.get_kind_display())
    return {firm: "、".join(kinds) for firm, kinds in said.items()}


def not_yet_invited(edition):
    """The active experts whom nobody has asked for this edition, by name. One query."""
    asked = Engagement.objects.filter(edition=edition).values("expert")
    pool = Expert.objects.filter(user__is_active=True).exclude(pk__in=asked)
    return pool.select_related("user").order_by("user__name", "pk")


# --- the pool as a workbook ---------------------------------------------------------------------------

SAMPLE = {
    "email": "sample@example.invalid",
    "name": "样例（请删去）",
    "employer": "样例大学",
    "district_code": "市外",
    "title": "教授",
    "fields": "装备制造、质量管理",
    "may_head": "是",
}


def trial_of(rows):
    """What taking in the rows of a workbook would do today. Two queries, any number of rows."""
    people = User.objects.filter(
        email__in=lists.emails(rows), is_active=True, role_grants__role=Role.EXPERT, role_grants__ended_at=None
    )
    entries = {expert.user_id: expert for expert in Expert.objects.filter(user__in=people)}
    return lists.tried(rows, {person.email: _account(person, entries.get(person.pk)) for person in people})


def _account(person, expert):
    return lists.Account(person.pk, person.name, expert and {fact: getattr(expert, fact) for fact in lists.FACTS})


def sample_sheet():
    """The workbook to fill in: its headings and a line to go by."""
    row = [SAMPLE.get(column.fact, "") for column in lists.COLUMNS]
    return xlsx_bytes(sample_headings(lists.COLUMNS), [row], title="专家库")


def pool_sheet(experts):
    """These experts, read with their accounts, as a workbook that can be taken in again. No query of its own."""
    rows = ([expert.user.email, expert.user.name, *_shown(expert)] for expert in experts)
    return xlsx_bytes([column.heading for column in lists.COLUMNS], rows, title="专家库")


def _shown(expert):
    return [lists.said(fact, getattr(expert, fact)) for fact in lists.FACTS]
