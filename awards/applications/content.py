"""The content of a dossier, as it stands now and as it was handed in, each read in one statement.

Handing in, the task list, the check and the book all read it whole; at the last minute of a call everybody does.
Written as SQL, because the same eight reads made by the ORM cost ten times the work.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enterprises.quality_officers.models import QualityOfficer
from foshan_quality.lib.ready import ask

from .dossier import Figure, Paper

# What the edition asks for, read along: its rules and the lines of its catalogue.
TERMS = """
    (SELECT json_object_agg(key, value) FROM awards_editionrule WHERE edition_id = a.edition_id)::text,
    (SELECT json_agg(row_to_json(c) ORDER BY c.position, c.id)
       FROM awards_catalogueline c WHERE c.edition_id = a.edition_id)::text,
"""
PRESENT = f"""
SELECT {TERMS}
    (SELECT json_object_agg(key, text) FROM awards_answer WHERE application_id = a.id)::text,
    (SELECT json_agg(json_build_array(key, year, value::text, absent_because))
       FROM awards_indicator WHERE application_id = a.id)::text,
    (SELECT json_agg(json_build_array(d.id, d.kind, f.name, f.pages, f.size, f.digest) ORDER BY d.position, d.id)
       FROM awards_document d JOIN enterprises_storedfile f ON f.id = d.file_id
      WHERE d.application_id = a.id AND d.removed_at IS NULL)::text,
    (SELECT json_agg(digest) FROM awards_stampedscan WHERE application_id = a.id AND removed_at IS NULL)::text,
    (SELECT row_to_json(q) FROM enterprises_qualityofficer q
      WHERE q.organisation_id = a.organisation_id AND q.ended_on IS NULL)::text,
    (SELECT count(*) FROM awards_snapshot WHERE application_id = a.id),
    EXISTS (SELECT FROM awards_bar WHERE organisation_id = a.organisation_id)
FROM awards_application a WHERE a.id = %s
"""  # noqa: S608  our own words
SUBMITTED = f"""
SELECT {TERMS}
    (SELECT json_agg(json_build_array(d.kind, f.name, f.digest, d.id))
       FROM awards_document d JOIN enterprises_storedfile f ON f.id = d.file_id
      WHERE d.application_id = a.id)::text,
    (SELECT json_build_array(t.id, f.name)
       FROM awards_stampedscan t JOIN enterprises_storedfile f ON f.id = t.file_id
      WHERE t.application_id = a.id AND t.digest = s.digest AND t.removed_at IS NULL ORDER BY t.id DESC LIMIT 1)::text,
    s.content, s.version, s.digest, s.taken_at
FROM awards_snapshot s JOIN awards_application a ON a.id = s.application_id
WHERE a.id = %s AND (%s::integer IS NULL OR s.version = %s) ORDER BY s.version DESC LIMIT 1
"""  # noqa: S608  our own words


@dataclass(frozen=True)
class Content:
    """What the rows say. `officer` is today's chief quality officer, or None; so many `versions` were handed in.

    The firm `has_bars` when it was ever barred from any edition.
    """

    answers: dict[str, str]
    figures: dict[tuple[str, int], Figure]
    papers: tuple[Paper, ...]
    scans: frozenset[str]
    officer: QualityOfficer | None
    versions: int
    has_bars: bool


@dataclass(frozen=True)
class Submitted:
    """One submitted version: its frozen content, its stamped page as (id, file name), and where its files lie now.

    `document_ids` maps (kind, name, sha256) to the Document's id.
    """

    content: dict
    version: int
    digest: str
    taken_at: datetime
    scan: tuple[int, str] | None
    document_ids: dict[tuple[str, str, str], int]


def content_of(application) -> Content:
    """The rows of one application; its edition knows its rules and its catalogue afterwards. One query, any size."""
    *texts, versions, has_bars = _read(application, PRESENT, [application.pk], plain=2)
    answers, figures, papers, scans, officer = texts
    return Content(
        answers=answers or {},
        figures={(key, year): Figure(value and Decimal(value), reason) for key, year, value, reason in figures or ()},
        papers=tuple(Paper(*row) for row in papers or ()),
        scans=frozenset(scans or ()),
        officer=officer and QualityOfficer(**officer),
        versions=versions,
        has_bars=has_bars,
    )


def submitted_of(application, version=None) -> Submitted | None:
    """What was handed in last, or as this version; its edition knows its terms afterwards. One query, any size."""
    found = _read(application, SUBMITTED, [application.pk, version, version], plain=3)
    if found is None:
        return None
    documents, scan, content, version, digest, taken_at = found
    return Submitted(
        content=content,
        version=version,
        digest=digest,
        taken_at=taken_at,
        scan=scan and tuple(scan),
        document_ids={(kind, name, sha256): pk for kind, name, sha256, pk in documents or ()},
    )


def _read(application, statement, values, *, plain):
    """The columns after the terms, JSON read but for the last `plain` ones; None where there is no row."""
    row = ask(statement, values).fetchone()
    if row is None:
        return None
    rules, lines, *texts = (json.loads(text) if text else None for text in row[:-plain])
    application.edition.remember(rules or {}, lines or ())
    return [*texts, *row[-plain:]]
