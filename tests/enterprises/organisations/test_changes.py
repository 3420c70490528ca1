"""A new name, other facts, the group: what changes, and what must not."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from awards.certificates import actions as certifying
from awards.models import Certificate, Honour, Notice, Snapshot
from awards.subsidies import actions as paying
from enterprises.models import AuditEvent, FormerName, Organisation
from enterprises.organisations import actions
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import office, record_url

pytestmark = pytest.mark.django_db
NEW = "佛山市更名后机械集团有限公司"
PARENT = {"parent_name": "某集团有限公司", "parent_code": given.credit_code()}


def renamed(organisation, name=NEW, **kwargs):
    return given.renamed(organisation, name, **kwargs)


def renaming(**changes):
    return {"name": NEW, "changed_on": "2026.3.1", "evidence": given.upload("核准变更登记通知书.pdf")} | changes


# --- a new name ---------------------------------------------------------------------------------------


def test_the_owner_changes_the_name_with_day_and_proof_and_the_former_name_stays_with_its_date(
    client, spring, organisation, owner
):
    client.force_login(owner)
    former = organisation.name

    answer = client.post(reverse("organisation_rename", args=[organisation.pk]), renaming())

    organisation.refresh_from_db()
    row = FormerName.objects.get()
    assert answer.url == organisation.get_absolute_url()
    assert organisation.name == NEW
    assert (row.name, row.changed_on, row.evidence.name) == (former, date(2026, 3, 1), "核准变更登记通知书.pdf")
    page = client.get(organisation.get_absolute_url()).content.decode()
    assert former in page
    assert "用至 2026-03-01" in page
    event = AuditEvent.objects.get(verb="rename_organisation")
    assert event.details["changes"] == {"name": [former, NEW]}


def test_the_account_ends_with_the_name_and_must_be_confirmed_anew(spring, organisation, owner):
    account = given.bank_account(organisation)
    colleague = given.colleague_of(organisation)

    now = renamed(organisation)

    account.refresh_from_db()
    assert account.replaced_at == clock.now()
    assert "请单位负责人重新确认对公账户" in colleague.inbox.get().text
    with pytest.raises(Refused, match="户名须与登记名称"):
        actions.set_bank_account(
            now,
            by=owner,
            holder=organisation.name,
            bank="某银行",
            number="6222000000001234",
            proof=given.proof_of_account(owner),
        )
    given.bank_account(now)


def test_what_was_issued_under_the_former_name_keeps_it_to_the_last_byte():
    season = given.walk_to("certified", firms=1)
    application = season.applications[0]
    organisation, name = application.organisation, application.organisation.name

    def issued():
        pdf = [certificate.pdf.read() for certificate in Certificate.objects.all()]
        rows = [list(model.objects.order_by("pk").values()) for model in (Snapshot, Notice, Honour, Certificate)]
        return rows, pdf

    before, certificate = issued(), Certificate.objects.get()
    public = [reverse("verify", args=[certificate.code])]
    with clock.at(given.AFTER_NOTICE + timedelta(days=30)):
        renamed(organisation, changed_on=date(2026, 8, 1))

        assert issued() == before
        for url in public:
            page = Client().get(url).content.decode()
            assert name in page
            assert NEW not in page
        register = Client().get(reverse("laureates")).content.decode()
        assert f"<strong>{name}</strong>" in register
        assert f"现名：{NEW}" in register
        page = Client().get(season.notice.get_absolute_url()).content.decode()
        assert name in page
        assert NEW not in page
    assert certifying.face_of(certificate).organisation == name


def test_a_payment_prepared_before_is_not_approved_after_the_name_changed():
    season = given.walk_to("honoured", firms=1)
    payment = given.prepared_payment(season)

    with clock.at(given.AFTER_NOTICE + timedelta(days=30)):
        renamed(payment.entitlement.honour.organisation, changed_on=date(2026, 8, 1))
        with pytest.raises(Refused, match="还没有确认对公账户"):
            paying.approve(payment, by=given.checker(), seen=paying.digest_of(payment))


def test_a_receipt_shows_the_name_the_dossier_was_handed_in_under(client, submitted, organisation, owner):
    former = organisation.name
    client.force_login(owner)

    renamed(organisation)

    page = client.get(reverse("application_receipt", args=[submitted.pk])).content.decode()
    assert former in page


def test_the_same_name_a_day_to_come_and_a_day_out_of_turn_are_refused(spring, organisation):
    with pytest.raises(Refused) as twice:
        renamed(organisation, name=organisation.name, changed_on=date(2026, 3, 19))
    with pytest.raises(Refused, match="应晚于成立日期 2005-06-18"):
        renamed(organisation, changed_on=date(2005, 6, 18))
    renamed(organisation)
    with pytest.raises(Refused, match="应晚于上次更名日期 2026-03-01"):
        renamed(organisation, name="佛山市再次更名有限公司", changed_on=date(2026, 3, 1))

    assert [problem.where for problem in twice.value.problems] == ["name", "changed_on"]
    assert FormerName.objects.count() == 1


def test_without_proof_or_with_a_scan_that_is_no_pdf_nothing_changes(client, spring, organisation, owner):
    client.force_login(owner)
    url = reverse("organisation_rename", args=[organisation.pk])

    bare = client.post(url, {"name": NEW, "changed_on": "2026-03-01"})
    wrong = client.post(url, renaming(evidence=given.upload("图.pdf", b"GIF89a")))

    assert list(bare.context["form"].errors) == list(wrong.context["form"].errors) == ["evidence"]
    assert not FormerName.objects.exists()


def test_former_names_only_grow(spring, organisation):
    renamed(organisation)

    for change in (lambda rows: rows.update(name="别名"), lambda rows: rows.delete()):
        with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
            change(FormerName.objects.all())


def test_the_database_knows_one_change_of_name_a_day(spring, organisation):
    renamed(organisation)
    row = FormerName.objects.get()
    row.pk = None

    with pytest.raises(IntegrityError, match="one_name_change_a_day"), transaction.atomic():
        row.save(force_insert=True)


def test_staff_see_former_names_people_and_the_proof_and_the_trail_says_who_took_it(spring, organisation, secretary):
    former = organisation.name
    renamed(organisation)
    colleague = given.colleague_of(organisation)
    row = FormerName.objects.get()
    url = reverse("admin:enterprises_organisation_name_evidence", args=[organisation.pk, row.pk])

    page = office(secretary).get(record_url(organisation)).content.decode()
    proof = office(secretary).get(url)
    refused = office(given.district_officer()).get(url)

    assert former in page
    assert colleague.email in page
    assert url in page
    assert proof.status_code == 200
    assert refused.status_code == 403
    event = AuditEvent.objects.latest("seq")
    assert (event.verb, event.actor_id, event.note) == ("read_evidence", secretary.pk, former)


# --- other facts --------------------------------------------------------------------------------------


def facts(**changes):
    plain = {"industry": "装备制造", "size": "medium", "legal_representative": "某代表", "address": "佛山市某路 1 号"}
    return plain | {"parent_name": "", "parent_code": ""} | changes


def test_the_owner_edits_facts_and_the_trail_keeps_both_values(client, organisation, owner):
    client.force_login(owner)
    url = reverse("organisation_edit", args=[organisation.pk])

    answer = client.post(url, facts(size="large", address="佛山市新路 2 号", name="别的名称", credit_code="x"))

    before = organisation.name
    organisation.refresh_from_db()
    assert answer.url == organisation.get_absolute_url()
    assert (organisation.size, organisation.address, organisation.name) == ("large", "佛山市新路 2 号", before)
    assert AuditEvent.objects.latest("seq").details == {
        "changes": {"size": ["medium", "large"], "address": ["佛山市某路 1 号", "佛山市新路 2 号"]}
    }


def test_saving_without_a_change_leaves_no_line_in_the_trail(client, organisation, owner):
    client.force_login(owner)

    client.post(reverse("organisation_edit", args=[organisation.pk]), facts())

    assert not AuditEvent.objects.filter(verb="edit_organisation").exists()


def test_the_group_is_shown_by_name_and_code(client, organisation, owner):
    client.force_login(owner)
    spaced = " ".join([PARENT["parent_code"][:8].lower(), PARENT["parent_code"][8:]])

    client.post(reverse("organisation_edit", args=[organisation.pk]), facts(**PARENT | {"parent_code": spaced}))

    organisation.refresh_from_db()
    assert organisation.parent_code == PARENT["parent_code"]
    assert "某集团有限公司（" in client.get(organisation.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"parent_name": "某集团有限公司"}, "parent_code"),
        ({"parent_code": PARENT["parent_code"]}, "parent_name"),
        ({"parent_name": "某集团有限公司", "parent_code": "12"}, "parent_code"),
    ],
)
def test_a_parent_half_named_or_malformed_is_refused_at_its_field(client, organisation, owner, changes, where):
    client.force_login(owner)

    answer = client.post(reverse("organisation_edit", args=[organisation.pk]), facts(**changes))

    assert list(answer.context["form"].errors) == [where]


def test_an_organisation_is_not_its_own_parent(organisation, owner):
    with pytest.raises(Refused, match="不能是本单位自己"):
        actions.edit(organisation, by=owner, parent_name="自己", parent_code=organisation.credit_code)
    with pytest.raises(IntegrityError, match="not_ones_own_parent"), transaction.atomic():
        Organisation.objects.update(parent_name="自己", parent_code=organisation.credit_code)
    with pytest.raises(IntegrityError, match="parent_named_with_code"), transaction.atomic():
        Organisation.objects.update(parent_name="某集团")


@pytest.mark.parametrize("role", [Relation.EDITOR, Relation.READER])
def test_nobody_but_an_owner_changes_the_organisation(client, spring, organisation, role):
    colleague = given.colleague_of(organisation, role)
    client.force_login(colleague)

    statuses = [
        client.get(reverse(name, args=[organisation.pk])).status_code
        for name in ("organisation_edit", "organisation_rename")
    ]

    assert statuses == [403, 403]
    with pytest.raises(PermissionDenied):
        actions.edit(organisation, by=colleague, size="large")
    with pytest.raises(PermissionDenied):
        actions.rename(organisation, by=colleague, name=NEW, changed_on=date(2026, 3, 1), evidence=None)


def test_whom_to_ring_up_is_known_to_the_office_filled_into_the_dossier_and_not_copied_into_the_trail(
    client, edition, organisation, owner
):
    contact = {"contact_name": "联络员", "contact_phone": "0757-12345678", "contact_email": "desk@example.invalid"}
    draft = given.empty_draft(edition, organisation)

    actions.edit(organisation, by=owner, **contact)

    client.force_login(owner)
    page = client.get(reverse("application_section", args=[draft.pk, "profile"])).content.decode()
    shown = office(given.secretary()).get(record_url(organisation)).content.decode()
    assert [(text in page, text in shown) for text in contact.values()] == [(True, True)] * 3
    assert "联络员，0757-12345678，desk@example.invalid" in client.get(organisation.get_absolute_url()).content.decode()
    assert set(AuditEvent.objects.latest("seq").details["changes"]) == set(contact)
    assert "0757" not in str(AuditEvent.objects.latest("seq").details)
