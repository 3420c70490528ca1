"""The approval in the office: the list typed or from a sheet, the scan beside the entry."""

import pytest

from awards.models import Honour, HonourEntry, HonourImport, HonourKind, Resolution
from awards.resolutions.reading import HEADINGS
from enterprises.files.tasks import draw_pages
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import xlsx_bytes
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, office, press
from tests.enterprises.credit.books import upload

SMALL = {"firms": 2, "experts": 1, "members": 1, "experts_per_application": "1"}


def test_an_approval_is_entered_from_a_sheet_and_confirmed_beside_its_scan(db):
    season = given.walk_to("publicised", **SMALL)
    names = [application.organisation.name for application in season.applications]
    facts = {"edition": season.edition.pk, "number": "佛府〔2026〕8号", "title": "通报", "issuer": "佛山市人民政府"}
    with clock.at(given.AFTER_NOTICE):
        facts |= {"issued_on": clock.today()}
        short = {"names": f"1. {names[0]}", "upload": given.upload("通报.pdf")}
        typed = office(season.secretary).post(begin_url(Resolution, "enter"), facts | short)
        assert (typed.status_code, len(errors(typed))) == (409, 1)
        sheet = upload(xlsx_bytes(["序号", "单位名称"], [["1", names[1]], ["2", names[0]]]), "名单.xlsx")
        facts |= {"sheet": sheet, "upload": given.upload("通报.pdf")}
        resolution = begin(season.secretary, Resolution, "enter", **facts)
        assert (resolution.names, buttons(season.secretary, resolution)) == ([names[1], names[0]], ["drop"])

        draw_pages(resolution.scan.page_set.pk)
        beside = office(season.second).get(act_url(resolution, "confirm"))
        assert (len(beside.context_data["scan_pages"]), beside.context_data["comparison"].agrees) == (1, True)
        press(season.second, resolution, "confirm")

    assert Honour.objects.count() == 2


def test_a_higher_honour_and_a_workbook_go_through_two_hands(db):
    by, second, firm = given.secretary(), given.secretary(), given.organisation()
    kind = HonourKind.objects.get(name="中国质量奖").pk
    facts = {"kind": kind, "year": 2021, "organisation": firm.pk, "announced_on": "2021-09-16", "title": "某公告"}

    entry = begin(by, HonourEntry, "enter", upload=given.upload("公告.pdf"), **facts)
    assert (buttons(by, entry), buttons(second, entry)) == (["drop"], ["confirm", "drop"])
    press(second, entry, "confirm")
    lines = [["广东省政府质量奖", "2015", firm.name, "", "某公告", ""]]
    batch = begin(by, HonourImport, "check", upload=upload(xlsx_bytes(HEADINGS, lines), "名单.xlsx"))
    press(second, batch, "take_over_list")

    assert sorted(firm.honours.values_list("kind__name", flat=True)) == ["中国质量奖", "广东省政府质量奖"]


@pytest.mark.parametrize("address", ["", "https://www.example.invalid/1"])
def test_an_entry_wants_a_scan_or_an_address(db, address):
    by, firm = given.secretary(), given.organisation()
    kind = HonourKind.objects.get(name="中国质量奖").pk
    facts = {"kind": kind, "year": 2021, "organisation": firm.pk, "announced_on": "2021-09-16", "title": "某公告"}

    answer = office(by).post(begin_url(HonourEntry, "enter"), facts | {"address": address})

    assert answer.status_code == (302 if address else 409)
