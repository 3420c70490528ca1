"""What the business register knows, and registering with it."""

import csv
import json

import pytest
from django.urls import reverse

from enterprises.models import Organisation
from enterprises.organisations.register import look_up
from tests import given

CODE = given.credit_code()
ROW = {
    "统一社会信用代码": CODE,
    "单位名称": "佛山市带出精密机械有限公司",
    "所在区": "顺德区",
    "所属行业": "装备制造",
    "企业规模": "中型",
    "成立日期": "2008-06-18",
    "法定代表人": "某代表",
    "注册地址": "佛山市某路 1 号",
}
KNOWN_DATA = {
    "name": "佛山市带出精密机械有限公司",
    "district_code": "440606",
    "industry": "装备制造",
    "size": "medium",
    "registered_on": "2008-06-18",
    "legal_representative": "某代表",
    "address": "佛山市某路 1 号",
}


@pytest.fixture
def register(settings, tmp_path):
    """A folder that stands in for the register's export."""
    folder = tmp_path / "register"
    folder.mkdir()
    settings.REGISTER_FILE = str(folder)
    return folder


def write_csv(path, *rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(ROW))
        table.writeheader()
        table.writerows(rows)


def as_text(values):
    return {key: str(value) for key, value in values.items()}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_code_finds_its_row_in_a_file_of_either_kind(register, kind):
    if kind == "csv":
        write_csv(register / "a.csv", ROW | {"统一社会信用代码": given.credit_code()}, ROW)
    else:
        (register / "a.json").write_text(json.dumps([ROW]), "utf-8")

    assert as_text(look_up(CODE)) == KNOWN_DATA
    assert look_up(given.credit_code()) == {}
    assert look_up("") == {}


def test_a_single_file_may_be_named_instead_of_a_folder(settings, tmp_path):
    write_csv(tmp_path / "register.csv", ROW)
    settings.REGISTER_FILE = str(tmp_path / "register.csv")

    assert as_text(look_up(CODE)) == KNOWN_DATA


def test_values_we_cannot_use_are_left_out(register):
    write_csv(
        register / "a.csv", ROW | {"所在区": "天河区", "成立日期": "很久以前", "注册地址": "长" * 201, "企业规模": ""}
    )

    assert set(look_up(CODE)) == {"name", "industry", "legal_representative"}


def test_without_a_setting_a_file_or_a_readable_file_there_is_no_answer(register, settings, caplog):
    (register / "a.json").write_text("{", "utf-8")
    (register / "b.csv").write_bytes(b"\xff\xfe\x00")
    (register / "c.txt").write_text("x", "utf-8")

    broken = look_up(CODE)
    settings.REGISTER_FILE = str(register / "missing")
    missing = look_up(CODE)
    settings.REGISTER_FILE = ""

    assert broken == missing == look_up(CODE) == {}
    assert len(caplog.records) == 2


@pytest.fixture
def newcomer(client, db):
    user = given.person("新来者")
    client.force_login(user)
    return user


def step(client, code):
    return client.get(reverse("organisation_new"), {"credit_code": code})


def test_the_first_step_asks_for_the_code_only(client, newcomer):
    page = client.get(reverse("organisation_new"))

    assert list(page.context["form"].fields) == ["credit_code"]


def test_a_malformed_code_is_refused_at_the_first_step(client, newcomer):
    page = step(client, "12")

    assert page.context["form"].errors == {"credit_code": ["统一社会信用代码应为 18 位，现为 2 位。"]}


def test_a_known_code_fills_the_form_in_and_marks_it_and_the_organisation_remembers_it(client, newcomer, register):
    write_csv(register / "a.csv", ROW)

    page = step(client, f" {CODE[:4].lower()} {CODE[4:]} ")
    text = page.content.decode()
    client.post(reverse("organisation_new"), KNOWN_DATA | {"credit_code": CODE, "address": "佛山市另一路 9 号"})
    organisation = Organisation.objects.get()
    shown = client.get(organisation.get_absolute_url()).content.decode()

    assert 'value="佛山市带出精密机械有限公司"' in text
    assert text.count("自动带出，请与营业执照核对") == len(KNOWN_DATA)
    assert organisation.address == "佛山市另一路 9 号"
    assert set(organisation.prefilled) == set(KNOWN_DATA) - {"address"}
    assert shown.count("自动带出") == len(KNOWN_DATA) - 1


def test_a_refused_form_still_marks_what_was_left_as_the_register_gave_it(client, newcomer, register):
    write_csv(register / "a.csv", ROW)

    page = client.post(reverse("organisation_new"), KNOWN_DATA | {"credit_code": CODE, "name": "", "industry": "别的"})

    assert page.content.decode().count("自动带出，请与营业执照核对") == len(KNOWN_DATA) - 2


def test_an_unknown_code_leaves_everything_to_be_typed(client, newcomer, register):
    page = step(client, CODE)
    client.post(reverse("organisation_new"), KNOWN_DATA | {"credit_code": CODE})

    assert "没有查到这个信用代码的登记数据" in page.content.decode()
    assert Organisation.objects.get().prefilled == []


def test_a_fact_edited_later_is_no_longer_marked(client, newcomer, register):
    write_csv(register / "a.csv", ROW)
    client.post(reverse("organisation_new"), KNOWN_DATA | {"credit_code": CODE})
    organisation = Organisation.objects.get()

    same = {key: KNOWN_DATA[key] for key in ("industry", "size", "legal_representative")}
    client.post(reverse("organisation_edit", args=[organisation.pk]), same | {"address": "佛山市另一路 9 号"})

    organisation.refresh_from_db()
    assert set(organisation.prefilled) == set(KNOWN_DATA) - {"address"}
