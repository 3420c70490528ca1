"""A busy portal: many enterprises, each with a whole dossier in every edition.

One dossier of each edition is made by the real actions. The others are copies of its rows under firms and
owners of their own, because what is measured is the portal under the crowd, not how the crowd came about.
"""

import json
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import F

from awards.applications import actions as applying
from awards.applications.models import Answer, Application, Document, Indicator, Snapshot
from awards.applications.queries import years_of
from awards.applications.sections import DOCUMENTS
from awards.models import Edition
from awards.rehearsal import cast, papers
from awards.rehearsal.calls import open_call_now
from awards.rehearsal.season import RUBRIC
from awards.rubric.loading import SHELF
from enterprises.districts import District
from enterprises.models import Membership, Organisation, User
from foshan_quality.lib.identity import invented_credit_code
from foshan_quality.permissions import Relation, Role

PASSWORD = "bench-quality-2026"  # noqa: S105  for a database of its own that is thrown away
CALL_DAYS = 30


@dataclass(frozen=True)
class Town:
    """Who lives there. `owners` and `firms` are in the same order; the newest edition is the last."""

    secretary: User
    editions: list[Edition]
    firms: list[Organisation]
    owners: list[User]


def settle(*, firms, editions):
    """Open calls and give every firm a dossier in each: handed in, but for the newest call, where it is a draft."""
    secretary = User.objects.create_user("secretary@bench.invalid", PASSWORD, name="秘书处")
    secretary.role_grants.create(role=Role.SECRETARIAT)
    calls = [open_call_now(by=secretary, days=CALL_DAYS, agency="测评办") for _ in range(editions)]
    model = model_firm(calls[0].year)
    owners, organisations = register(firms, model)
    for call in calls:
        draft = whole_draft(call, model, organisations[0], owners[0])
        if call != calls[-1]:
            applying.submit(draft, by=owners[0])
        spread(draft, organisations[1:], owners[1:])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Town(secretary, calls, organisations, owners)


def model_firm(year):
    """One enterprise of the rehearsal's cast, with real text in every item."""
    rubric = json.loads((SHELF / f"{RUBRIC}.json").read_text("utf-8"))
    return cast.enterprises(seed=1, serial=1, year=year, rubric=rubric, count=1)[0]


def register(count, model, *, start=0):
    """So many owners and their firms, numbered from `start`. All share one password, and so one hash."""
    password = make_password(PASSWORD)
    owners = User.objects.bulk_create(
        User(email=f"owner{n}@bench.invalid", name=f"负责人{n}", password=password) for n in range(start, start + count)
    )
    firms = Organisation.objects.bulk_create(
        Organisation(
            name=f"佛山市测速{n}号机械有限公司",
            credit_code=invented_credit_code("MAB", n),
            district_code=District.values[n % len(District)],
            industry=model.industry,
            size=model.size,
            registered_on=model.registered_on,
            legal_representative=model.legal_representative,
            address=model.address,
            created_by=owner,
        )
        for n, owner in enumerate(owners, start)
    )
    Membership.objects.bulk_create(
        Membership(organisation=firm, user=owner, role=Relation.OWNER)
        for firm, owner in zip(firms, owners, strict=True)
    )
    return owners, firms


def whole_draft(edition, model, organisation, owner):
    """A draft with nothing missing, by the real actions."""
    draft = applying.start(edition, by=owner, organisation=organisation)
    applying.save_answers(draft, by=owner, texts={**model.profile, **model.answers})
    applying.save_indicators(draft, by=owner, figures=figures(edition, model))
    for kind in DOCUMENTS:
        if kind.is_required:
            paper = papers.document_pdf(kind, model, year=edition.year)
            upload = SimpleUploadedFile(f"{kind.label}.pdf", paper, "application/pdf")
            applying.add_document(draft, by=owner, kind=kind.key, upload=upload)
    return draft


def figures(edition, model):
    """The firm's indicators of its three years, in the shape the form gives them."""
    years = zip(years_of(edition), sorted(model.indicators), strict=True)
    return {
        (key, year): (value, "" if value is not None else model.not_applicable[key])
        for year, known in years
        for key, value in model.indicators[known].items()
    }


def spread(original, firms, owners):
    """Copy a dossier to other firms: the application's row, and every row that hangs on it."""
    original = Application.objects.get(pk=original.pk)
    edition = original.edition
    Edition.objects.filter(pk=edition.pk).update(last_application=F("last_application") + len(firms))
    kept = {f.attname: getattr(original, f.attname) for f in Application._meta.concrete_fields if not f.primary_key}
    copies = Application.objects.bulk_create(
        Application(
            **kept
            | {
                "organisation_id": firm.pk,
                "created_by_id": owner.pk,
                "submitted_by_id": original.submitted_by_id and owner.pk,
                "number": original.number and f"{edition.code}-{place:03d}",
            }
        )
        for place, (firm, owner) in enumerate(zip(firms, owners, strict=True), start=2)
    )
    for model in (Answer, Indicator, Document, Snapshot):
        copy_rows(model, original, copies)


def copy_rows(model, original, copies):
    """Every row of this kind that hangs on the original, once more for each copy."""
    columns = [f.column for f in model._meta.concrete_fields if f.name not in {"id", "application"}]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f't."{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" (application_id, {names}) '  # noqa: S608  names from our models
            f'SELECT copy, {values} FROM "{model._meta.db_table}" t, unnest(%s::bigint[]) AS copy '
            "WHERE t.application_id = %s",
            [[copy.pk for copy in copies], original.pk],
        )
