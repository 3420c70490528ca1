"""What forms that were given up leave behind is taken away by the night; what is used or young stays."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from enterprises.files import actions
from enterprises.files.actions import KEPT_DAYS, keep_for_a_form
from enterprises.files.models import KeptFile, StoredFile
from enterprises.files.tasks import clear_given_up
from enterprises.models import AuditEvent
from enterprises.organisations.actions import set_bank_account
from foshan_quality.lib import clock
from tests import given

pytestmark = pytest.mark.django_db
LATER = given.SPRING + timedelta(days=KEPT_DAYS, minutes=1)


@pytest.fixture
def kept(owner):
    """Three kept files: one of a form given up, one that was handed in after all, one of a form just come back."""
    with clock.at(given.SPRING):
        given_up, used = (keep_for_a_form(given.upload(name), by=owner) for name in ("放弃.pdf", "交了.pdf"))
    with clock.at(LATER):
        young = keep_for_a_form(given.upload("刚才.pdf"), by=owner)
    return given_up, used, young


@pytest.fixture
def handed_in(kept, organisation, owner):
    account = {"holder": organisation.name, "bank": "某银行佛山分行", "number": "6222000000001234"}
    set_bank_account(organisation, by=owner, proof=kept[1], **account)
    return kept[1]


def test_the_night_takes_away_what_nothing_refers_to_and_says_so_once(
    kept, handed_in, django_capture_on_commit_callbacks
):
    given_up, used, young = kept
    with clock.at(LATER), django_capture_on_commit_callbacks(execute=True):
        clear_given_up()

    assert list(StoredFile.objects.order_by("pk")) == [used, young]
    assert [Path(stored.file.path).exists() for stored in kept] == [False, True, True]
    assert [row.file for row in KeptFile.objects.all()] == [young]
    event = AuditEvent.objects.get(verb="clear_given_up")
    assert (event.target_name, event.details) == (
        "1 个文件",
        {"sha256": [given_up.digest], "bytes": given_up.size},
    )


def test_keeping_again_begins_the_days_anew(kept, owner):
    with clock.at(LATER):
        keep_for_a_form(kept[0], by=owner)

    with clock.at(LATER + timedelta(days=1)):
        assert actions.clear_given_up() == 1

    assert list(StoredFile.objects.order_by("pk")) == [kept[0], kept[2]]


def test_a_file_taken_between_looking_and_deleting_is_kept_by_the_database(kept, handed_in, monkeypatch):
    """The twin: without the look at who refers to it, the database refuses and nothing is gone."""
    monkeypatch.setattr("django.db.models.query.QuerySet.delete", lambda rows: rows._raw_delete(rows.db))

    with clock.at(LATER), pytest.raises(IntegrityError):
        _cleared_to_the_end()

    assert StoredFile.objects.count() == KeptFile.objects.count() == len(kept)
    assert all(Path(stored.file.path).exists() for stored in kept)


@transaction.atomic
def _cleared_to_the_end():
    actions.clear_given_up()
    connection.check_constraints()
