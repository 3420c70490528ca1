"""A review on paper: so many cases, five sheets each, every item marked. Put in by SQL, because what is measured is
what the portal does with the sheets, not how they came in."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils.timezone import localtime

from awards.applications import actions as applying
from awards.models import Application, Assignment, Edition, Expert
from awards.process import State
from awards.programmes import actions as calling
from awards.rehearsal.calls import open_call_now
from enterprises.models import Organisation, RoleGrant, User
from foshan_quality.lib import clock
from foshan_quality.permissions import Role

from .crowd import CALL_DAYS, model_firm, register, spread, whole_draft

SEATS = 5
LOAD = 50  # sheets of one expert
FIRST = 200_000  # the number of the first firm: apart from those of the crowd

PANELS = """
INSERT INTO awards_assignment
    (application_id, expert_id, assigned_by_id, assigned_at, declared_at, is_head, state, recusal_reason)
SELECT a.id, (%(experts)s::bigint[])[1 + (a.n * 7 + seat * (13 + a.n %% 5)) %% %(count)s], %(by)s, %(now)s, %(now)s,
    seat = 0, 'submitted', ''
FROM (SELECT id, (row_number() OVER (ORDER BY id))::int AS n FROM awards_application WHERE edition_id = %(edition)s) a,
    generate_series(0, %(last)s) seat
ON CONFLICT DO NOTHING
"""
SHEETS = """
INSERT INTO awards_scoresheet (assignment_id, phase, version)
SELECT s.id, 'independent', 1 FROM awards_assignment s JOIN awards_application a ON a.id = s.application_id
WHERE a.edition_id = %(edition)s
"""
# A case's worth, its expert's severity and chance, all from hashes, so that every run marks alike.
MARKS = """
INSERT INTO awards_mark (sheet_id, item_id, percentage, strengths, improvements, evidence)
SELECT h.id, i.id, 5 * greatest(0, least(20, 8 + abs(hashint8(a.id)) %% 8 + abs(hashint8(s.expert_id)) %% 3 - 1
    + abs(hashint8(h.id * 100 + i.id)) %% 3 - 1)), '', '', ''
FROM awards_scoresheet h JOIN awards_assignment s ON s.id = h.assignment_id
    JOIN awards_application a ON a.id = s.application_id JOIN awards_edition e ON e.id = a.edition_id
    JOIN awards_category c ON c.rubric_id = e.rubric_id JOIN awards_item i ON i.category_id = c.id
WHERE e.id = %(edition)s
"""
TOTALS = """
UPDATE awards_scoresheet h SET submitted_at = %(now)s, total = found.total
FROM (
    SELECT m.sheet_id, sum(i.points * m.percentage) / 100.0 AS total
    FROM awards_mark m JOIN awards_item i ON i.id = m.item_id GROUP BY 1
) found, awards_assignment s, awards_application a
WHERE found.sheet_id = h.id AND s.id = h.assignment_id AND a.id = s.application_id AND a.edition_id = %(edition)s
"""


@dataclass(frozen=True)
class Review:
    """An edition in review, and who marks in it."""

    edition: Edition
    experts: list[User]


def review(secretary, cases, *, start=FIRST, is_whole=False):
    """An edition with so many cases, all sheets in. With `is_whole`, each case has a dossier that can be opened."""
    edition = open_call_now(by=secretary, days=CALL_DAYS, agency="测评办")
    model = model_firm(edition.year)
    owners, firms = register(cases, model, start=start)
    if is_whole:
        draft = whole_draft(edition, model, firms[0], owners[0])
        applying.submit(draft, by=owners[0])
        spread(draft, firms[1:], owners[1:])
    else:
        bare(edition, firms, owners)
    Application.objects.filter(edition=edition).update(state=State.IN_REVIEW)
    with clock.at(localtime(edition.closes_at) + timedelta(hours=1)):
        edition = calling.start_review(edition, by=secretary)
    experts = pool(max(SEATS * 4, cases * SEATS // LOAD), start)
    fill = {"edition": edition.pk, "experts": [e.pk for e in experts], "count": len(experts), "by": secretary.pk}
    with connection.cursor() as cursor:
        for sql in (PANELS, SHEETS, MARKS, TOTALS):
            cursor.execute(sql, fill | {"now": clock.now(), "last": SEATS - 1})
        cursor.execute("ANALYZE")
    return Review(edition, experts)


def bare(edition, firms: list[Organisation], owners):
    """Applications that are nothing but their row."""
    now = clock.now()
    Application.objects.bulk_create(
        Application(
            edition=edition,
            organisation=firm,
            created_by=owner,
            submitted_at=now,
            submitted_by=owner,
            number=f"{edition.code}-{place:05d}",
        )
        for place, (firm, owner) in enumerate(zip(firms, owners, strict=True), start=1)
    )


def pool(count, start):
    """So many experts with an account each."""
    users = User.objects.bulk_create(
        User(email=f"expert{start + n}@bench.invalid", name=f"专家{start + n}") for n in range(count)
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=Role.EXPERT) for user in users)
    Expert.objects.bulk_create(Expert(user=user, employer="测评大学") for user in users)
    return users


def give_back(review):
    """The last sheet of every case is open again, so that there is something to mark."""
    last = Assignment.objects.filter(application__edition=review.edition).order_by("application_id", "-pk")
    keys = list(last.distinct("application_id").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE awards_scoresheet SET total = NULL, submitted_at = NULL WHERE assignment_id = ANY(%s)", [keys]
        )
    Assignment.objects.filter(pk__in=keys).update(state=Assignment.State.SITTING)
