"""Higher honours: entered by one, confirmed by another; and past laureates from a workbook."""

from datetime import date

import pytest

from awards.models import Honour, HonourEntry, HonourImport, HonourKind
from awards.resolutions import entry_actions as entering
from awards.resolutions.reading import HEADINGS
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.permissions import Permission
from tests import given
from tests.enterprises.credit.books import upload
from tests.steps import check_duty, check_step, copy_of, refused, refused_by

pytestmark = pytest.mark.django_db
ADDRESS = "https://www.example.invalid/1"


def enter(by, organisation, **changes):
    facts = {
        "kind": HonourKind.objects.get(name="中国质量奖"),
        "year": 2021,
        "announced_on": date(2021, 9, 16),
        "title": "第四届中国质量奖表彰决定",
        "number": "国市监质〔2021〕9号",
        "address": ADDRESS,
    } | changes
    return entering.enter_honour(by=by, organisation=organisation, **facts)


def test_an_entry_is_an_honour_once_another_person_has_confirmed_it(organisation, secretary):
    entry = enter(secretary, organisation)
    assert Honour.objects.count() == 0

    with refused("two_people", untouched=[entry]):
        entering.confirm_honour(entry, by=secretary)
    confirmed = entering.confirm_honour(entry, by=given.secretary())

    honour = Honour.objects.get()
    assert (confirmed.honour, honour.resolution, honour.source) == (
        honour,
        None,
        "第四届中国质量奖表彰决定（国市监质〔2021〕9号）",
    )


def test_the_name_at_the_time_is_kept_and_a_name_never_borne_is_refused(organisation, secretary):
    former = organisation.name
    renamed = given.renamed(organisation, changed_on=date(2025, 3, 1))

    with refused("name"):
        enter(secretary, renamed, name="别的公司")
    entry = enter(secretary, renamed, name=former)

    entering.confirm_honour(entry, by=given.secretary())
    assert (renamed.honours.get().organisation_name, renamed.name == former) == (former, False)


def test_an_honour_is_recorded_once_under_whatever_name(organisation, secretary):
    former = organisation.name
    Honour.objects.create(
        kind=HonourKind.objects.get(name="中国质量奖"), year=2021, organisation_name=former, source="公开报道"
    )
    renamed = given.renamed(organisation, changed_on=date(2025, 3, 1))

    with refused("twice"):
        enter(secretary, renamed)
    entry = enter(secretary, renamed, year=2023)
    with refused("twice"):
        enter(secretary, renamed, year=2023)
    given.recorded_honour(renamed, year=2023)
    with refused("twice", untouched=[entry]):
        entering.confirm_honour(entry, by=given.secretary())


def test_everything_wrong_with_an_entry_is_said_at_once(organisation, secretary):
    own = HonourKind.objects.get(name="佛山市政府质量奖")

    with refused("own", "title", "announced_on", "source"):
        enter(secretary, organisation, kind=own, title=" ", announced_on=date(2099, 1, 1), address="")


def test_steps_and_duties_of_an_entry(organisation, secretary):
    entry, second = enter(secretary, organisation), given.secretary()

    check_duty(Permission.HONOUR_RECORD, lambda by: enter(by, organisation, year=2019))
    check_duty(Permission.HONOUR_RECORD, lambda by: entering.confirm_honour(entry, by=by), entry)
    entering.drop_honour(entry, by=secretary, reason="有误")
    entry = enter(secretary, organisation)
    entry.refresh_from_db()
    HonourEntry.objects.filter(pk=entry.pk).update(
        honour=given.recorded_honour(given.organisation()), confirmed_at=entry.entered_at, confirmed_by=second
    )
    acts = {
        "confirm": lambda: entering.confirm_honour(entry, by=second),
        "drop": lambda: entering.drop_honour(entry, by=second, reason="有误"),
    }
    HonourEntry.objects.filter(state="dropped").delete()
    for name, act in acts.items():
        check_step(entry, HonourEntry.workflow, name, act)


def test_the_database_refuses_impossible_entries(organisation, secretary):
    entry = enter(secretary, organisation)

    with refused_by("one_entry_per_honour"):
        copy_of(entry)
    with refused_by("entry_has_a_source"):
        HonourEntry.objects.update(address="")
    with refused_by("entry_two_people"):
        HonourEntry.objects.update(confirmed_by=secretary)
    with refused_by("entry_confirmed_with_its_honour"):
        HonourEntry.objects.update(state="confirmed")
    honour = given.recorded_honour(organisation)
    with refused_by("recorded_once"):
        copy_of(honour, organisation=None)
    with refused_by("recorded_once_per_organisation"):
        copy_of(honour, organisation_name="别名")
    with refused_by("honour_has_ground"):
        Honour.objects.update(source="")


# --- a workbook ---------------------------------------------------------------------------------------


def workbook(*lines):
    return upload(xlsx_bytes(HEADINGS, lines), "历届名单.xlsx")


def test_a_workbook_is_tried_by_one_and_imported_by_another(organisation, secretary):
    former = organisation.name
    given.renamed(organisation, changed_on=date(2025, 3, 1))
    given.recorded_honour(organisation, kind="中国质量奖提名奖", year=2016)
    lines = [
        ["广东省政府质量奖", "2015", former, "2015-12-01", "某公告", "第五届"],
        ["中国质量奖提名奖", "2016", former, "", "某公告", ""],
        ["广东省政府质量奖", "2017", "不在平台的公司", "", "某公告", ""],
    ]

    batch = entering.take_in(by=secretary, upload=workbook(*lines))
    with refused("two_people", untouched=[batch]):
        entering.take_over(batch, by=secretary)
    done = entering.take_over(batch, by=given.secretary())

    assert (done.state, done.imported) == ("done", 2)
    rows = Honour.objects.filter(kind__name="广东省政府质量奖").order_by("year")
    assert [(h.organisation_name, h.organisation_id) for h in rows] == [
        (former, organisation.pk),
        ("不在平台的公司", None),
    ]


def test_a_workbook_with_a_line_that_cannot_be_read_or_with_nothing_new_imports_nothing(secretary):
    second = given.secretary()
    flawed = entering.take_in(by=secretary, upload=workbook(["没有的奖", "2015", "某公司", "", "某公告", ""]))

    with refused("flaws", untouched=[flawed]):
        entering.take_over(flawed, by=second)
    assert entering.give_up(flawed, by=second, reason="有误").state == "dropped"
    good = ["广东省政府质量奖", "2015", "某公司", "", "某公告", ""]
    for codes in ([], ["nothing"]):
        batch = entering.take_in(by=secretary, upload=workbook(good))
        if codes:
            with refused(*codes):
                entering.take_over(batch, by=second)
        else:
            entering.take_over(batch, by=second)
    with refused("headings"):
        entering.take_in(by=secretary, upload=upload(xlsx_bytes(["别的"], [["1"]]), "x.xlsx"))
    with refused_by("honours_imported_by_another"):
        HonourImport.objects.filter(state="done").update(closed_by=secretary)
    check_duty(Permission.HONOUR_RECORD, lambda by: entering.take_over(batch, by=by), batch)
