"""The places of a ranking as PostgreSQL finds them in the stored row: a page reads its own, not all of them."""

import json
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import connection

from awards.reviews.models import Assignment, ScoreSheet

from .models import Ranking

STORED = """
FROM awards_ranking, jsonb_array_elements(awards_ranking.rows) WITH ORDINALITY AS stored(place, position)
WHERE awards_ranking.id = %(ranking)s
    AND strpos(lower(concat(place->>'number', ' ', place->>'organisation')), lower(%(text)s)) > 0
"""
COUNT = f"SELECT count(*) {STORED}"
RISING = f"SELECT place {STORED} ORDER BY position LIMIT %(most)s OFFSET %(first)s"
FALLING = f"SELECT place {STORED} ORDER BY position DESC LIMIT %(most)s OFFSET %(first)s"
EQUAL = f"SELECT place {STORED} AND place->>'mean' = ANY(%(means)s) ORDER BY position"
OF_CASES = f"SELECT place {STORED} AND (place->>'application')::bigint = ANY(%(cases)s) ORDER BY position"


@dataclass(frozen=True)
class Places:
    """The places whose number or name contains the text, in order or the other way round; for a Paginator."""

    ranking: Ranking
    text: str = ""
    is_falling: bool = False

    def count(self):
        """How many there are. One query."""
        return self._read(COUNT)[0]

    def __getitem__(self, wanted):
        """A slice of them. One query."""
        first = wanted.start or 0
        return self._read(FALLING if self.is_falling else RISING, first=first, most=wanted.stop - first)

    def equal_to(self, rows):
        """Every place with the score of one of these, themselves included: what explains a tie. One query."""
        return self._read(EQUAL, means=[row["mean"] for row in rows])

    def of_cases(self, applications):
        """The places of these applications. One query."""
        return self._read(OF_CASES, cases=list(applications))

    def _read(self, sql, **more):
        with connection.cursor() as cursor:
            cursor.execute(sql, {"ranking": self.ranking.pk, "text": self.text, **more})
            return [json.loads(value) if isinstance(value, str) else value for (value,) in cursor]


def page_of(ranking, *, size, text="", is_falling=False, page=1):
    """One page of places. Two queries, any size."""
    return Paginator(Places(ranking, text, is_falling), size).get_page(page)


def left_since(ranking):
    """The numbers of cases an expert has left since the ranking was made; it keeps their sheets. One query, two
    when an expert has left."""
    left = ScoreSheet.objects.filter(
        assignment__state=Assignment.State.RECUSED,
        assignment__application__edition=ranking.edition_id,
        submitted_at__isnull=False,
    )
    cases = dict(left.values_list("pk", "assignment__application"))
    rows = Places(ranking).of_cases(set(cases.values())) if cases else []
    return [row["number"] for row in rows if any(sheet["sheet"] in cases for sheet in row.get("sheets", []))]
