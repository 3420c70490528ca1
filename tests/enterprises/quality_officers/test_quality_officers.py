"""The chief quality officer: in office, out of office, in the dossier."""

import json
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from awards.applications.dossier import frozen
from awards.applications.queries import dossier_of, submitted_dossier
from awards.models import Application
from enterprises.models import AuditEvent, QualityOfficer
from enterprises.quality_officers import actions
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import office, record_url

pytestmark = pytest.mark.django_db
FACTS = {"name": "质某", "post": "质量总监", "appointed_on": date(2024, 3, 1)}
LINE = "质某（质量总监），2024-03-01 任命，2024-05-10 培训合格，证书编号 CQO-7"


def appointed(organisation, **changes):
    return actions.appoint(organisation, by=given.owner_of(organisation), **FACTS | changes)


def test_the_owner_enters_appointment_training_and_certificate(client, spring, organisation, owner):
    client.force_login(owner)
    data = {
        "name": "质某",
        "post": "质量总监",
        "appointed_on": "20240301",
        "trained_on": "2024.5.10",
        "certificate_number": "CQO-7",
    }

    answer = client.post(reverse("quality_officer_appoint", args=[organisation.pk]), data)

    officer = QualityOfficer.objects.get()
    assert answer.url == f"{organisation.get_absolute_url()}#quality-officer"
    assert (officer.appointed_on, officer.trained_on) == (date(2024, 3, 1), date(2024, 5, 10))
    assert "CQO-7" in client.get(organisation.get_absolute_url()).content.decode()
    assert AuditEvent.objects.latest("seq").verb == "appoint_quality_officer"


def test_one_at_a_time_and_the_next_after_the_last(client, spring, organisation, owner):
    first = appointed(organisation)
    with pytest.raises(Refused, match="仍在任"):
        appointed(organisation, name="另一人")
    client.force_login(owner)
    url = reverse("quality_officer_end", args=[organisation.pk, first.pk])

    wrong = client.post(url, {"ended_on": "2024-02-29"})
    client.post(url, {"ended_on": "2026-03-01"})
    with pytest.raises(Refused, match="早于前任离任日期 2026-03-01"):
        appointed(organisation, name="另一人", appointed_on=date(2026, 2, 28))
    second = appointed(organisation, name="另一人", appointed_on=date(2026, 3, 1))

    assert list(wrong.context["form"].errors) == ["ended_on"]
    first.refresh_from_db()
    assert first.ended_on == date(2026, 3, 1)
    assert list(organisation.quality_officers.all()) == [second, first]
    with pytest.raises(WrongState):
        actions.end(first, by=owner, ended_on=date(2026, 3, 2))


def test_days_to_come_are_refused_at_their_fields(spring, organisation):
    with pytest.raises(Refused) as refusal:
        appointed(organisation, appointed_on=date(2026, 3, 19), trained_on=date(2026, 4, 1))

    assert [problem.where for problem in refusal.value.problems] == ["appointed_on", "trained_on"]


@pytest.mark.parametrize("role", [Relation.EDITOR, Relation.READER])
def test_nobody_but_an_owner_enters_one(client, spring, organisation, role):
    officer, colleague = appointed(organisation), given.colleague_of(organisation, role)
    client.force_login(colleague)

    statuses = [
        client.get(reverse("quality_officer_appoint", args=[organisation.pk])).status_code,
        client.get(reverse("quality_officer_end", args=[organisation.pk, officer.pk])).status_code,
    ]

    assert statuses == [403, 403]
    with pytest.raises(PermissionDenied):
        actions.appoint(organisation, by=colleague, **FACTS)
    with pytest.raises(PermissionDenied):
        actions.end(officer, by=colleague, ended_on=date(2026, 3, 1))


def test_the_database_knows_one_in_office_and_no_end_before_the_beginning(spring, organisation):
    officer = appointed(organisation)

    with pytest.raises(IntegrityError, match="quality_officer_ends_later"), transaction.atomic():
        QualityOfficer.objects.update(ended_on=date(2024, 2, 29))
    officer.pk = None
    with pytest.raises(IntegrityError, match="one_quality_officer"), transaction.atomic():
        officer.save()


def test_the_dossier_names_the_officer_in_office_and_a_handed_in_one_keeps_its_own(draft, organisation):
    officer = appointed(organisation, trained_on=date(2024, 5, 10), certificate_number="CQO-7")
    submitted = given.submitted(draft)

    actions.end(officer, by=given.owner_of(organisation), ended_on=date(2026, 3, 18))

    assert dict(submitted_dossier(submitted).organisation)["首席质量官"] == LINE
    assert "quality_officer" not in dossier_of(submitted).organisation


def test_without_an_officer_or_a_parent_the_frozen_dossier_has_no_such_key_so_older_digests_hold(submitted):
    snapshot = submitted.snapshots.get()

    again = frozen(dossier_of(Application.objects.get(pk=submitted.pk)))

    assert not {"quality_officer", "parent"} & set(json.loads(snapshot.content)["organisation"])
    assert again == (snapshot.content, snapshot.digest)


def test_staff_see_the_officer_and_change_nothing(spring, organisation, secretary):
    appointed(organisation)

    page = office(secretary).get(record_url(organisation)).content.decode()

    assert "质某" in page
    assert "质量总监" in page
