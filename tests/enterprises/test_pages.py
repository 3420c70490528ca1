"""The organisation, its account and members, and the inbox, as their people see them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.files.actions import store_pdf
from enterprises.files.keeping import stored
from enterprises.models import BankAccount, Organisation, StoredFile
from enterprises.notifications.actions import notify
from foshan_quality.lib.problems import Refused
from foshan_quality.permissions import Relation
from tests import given

pytestmark = pytest.mark.django_db
UNLIKELY_CODE = "91350211M0000XUF46"  # a real firm's code whose check digit is wrong (GB 32100-2015 gives R)


def facts(**changes):
    return {
        "name": "佛山市试样精密机械有限公司",
        "credit_code": given.credit_code(),
        "district_code": "440605",
        "industry": "装备制造",
        "size": "medium",
        "registered_on": "2008年6月18日",
        "legal_representative": "某代表",
        "address": "佛山市某路 1 号",
    } | changes


@pytest.fixture
def newcomer(client):
    user = given.person("新来者")
    client.force_login(user)
    return user


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def registered():
    return Organisation.objects.get(name="佛山市试样精密机械有限公司")


# --- registering --------------------------------------------------------------------------------------


def test_registering_makes_the_person_the_owner_and_leads_on_to_applying(client, newcomer):
    answer = client.post(reverse("organisation_new"), facts())

    assert answer.status_code == 302
    assert answer.url == reverse("desk")
    assert registered().roles_of(newcomer) == {Relation.OWNER}


def test_a_code_typed_with_blanks_and_full_width_letters_is_tidied(client, newcomer):
    code = given.credit_code()

    client.post(
        reverse("organisation_new"),
        facts(credit_code=f" {code[:8].lower()} ９１{code[10:]}".replace("９１", code[8:10])),
    )

    assert registered().credit_code == code


def test_missing_fields_are_all_named_at_once_and_nothing_is_registered(client, newcomer):
    answer = client.post(reverse("organisation_new"), {"name": ""})

    assert set(answer.context["form"].errors) == set(facts())
    assert not Organisation.objects.exists()


def test_a_wrong_check_digit_asks_for_a_scan_and_keeps_what_was_typed(client, newcomer):
    answer = client.post(reverse("organisation_new"), facts(credit_code=UNLIKELY_CODE))

    page = answer.content.decode()
    assert "校验位不正确" in page
    assert 'name="evidence"' in page
    assert 'value="佛山市试样精密机械有限公司"' in page
    assert not Organisation.objects.exists()


def test_a_wrong_check_digit_with_a_scan_is_registered_as_doubted(client, newcomer):
    client.post(reverse("organisation_new"), facts(credit_code=UNLIKELY_CODE, evidence=given.upload("营业执照.pdf")))

    organisation = registered()
    assert (organisation.code_doubted, organisation.code_evidence.name) == (True, "营业执照.pdf")


def test_a_scan_that_is_no_pdf_is_refused_at_its_field_and_nothing_is_kept(client, newcomer):
    scan = given.upload("营业执照.pdf", b"GIF89a")

    answer = client.post(reverse("organisation_new"), facts(credit_code=UNLIKELY_CODE, evidence=scan))

    assert list(answer.context["form"].errors) == ["evidence"]
    assert 'name="evidence"' in answer.content.decode()
    assert not Organisation.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_code_registered_before_is_refused_and_the_scan_is_not_kept(client, newcomer):
    other = given.organisation()
    scan = given.upload()

    answer = client.post(reverse("organisation_new"), facts(credit_code=other.credit_code, evidence=scan))

    assert list(answer.context["form"].errors) == ["credit_code"]
    assert list(Organisation.objects.all()) == [other]
    assert not StoredFile.objects.exists()


def test_a_scan_over_the_limit_is_refused_with_its_size(client, newcomer, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    scan = given.upload("大.pdf", b"%PDF-" + b"0" * 1024 * 1024 * 2)

    answer = client.post(reverse("organisation_new"), facts(credit_code=UNLIKELY_CODE, evidence=scan))

    assert answer.context["form"].errors["evidence"] == [
        "文件有 2.0 MB，超过 1 MB 的上限，没有保存。请压缩或拆分后上传。"
    ]


def test_a_founding_day_in_the_future_is_refused(client, newcomer, spring):
    answer = client.post(reverse("organisation_new"), facts(registered_on="2026-03-19"))

    assert answer.context["form"].errors["registered_on"] == ["成立日期晚于今天，请核对。"]


# --- the organisation's page --------------------------------------------------------------------------


def test_a_stranger_finds_no_organisation(client, organisation, stranger):
    client.force_login(stranger)

    names = ["organisation", "organisation_account", "organisation_edit", "organisation_rename", "member_invite"]
    names += ["organisation_leave", "quality_officer_appoint"]
    statuses = {client.get(reverse(name, args=[organisation.pk])).status_code for name in names}

    assert statuses == {404}


def test_the_account_number_is_masked_for_everybody(client, organisation, owner):
    given.bank_account(organisation)
    client.force_login(owner)

    page = client.get(organisation.get_absolute_url()).content.decode()

    assert "************1234" in page
    assert "6222" not in page


def test_a_reader_sees_the_organisation_but_may_not_change_it(client, organisation):
    client.force_login(given.colleague_of(organisation, Relation.READER))

    page = client.get(organisation.get_absolute_url())
    account = client.get(reverse("organisation_account", args=[organisation.pk]))
    member = client.post(
        reverse("member_invite", args=[organisation.pk]), {"email": "a@example.invalid", "role": "owner"}
    )

    assert (page.status_code, account.status_code, member.status_code) == (200, 403, 403)
    assert "对公账户由单位负责人确认" in page.content.decode()


def test_somebody_who_left_finds_no_organisation(client, organisation):
    colleague = given.colleague_of(organisation)
    colleague.memberships.update(ended_at=given.SPRING)
    client.force_login(colleague)

    assert client.get(organisation.get_absolute_url()).status_code == 404


def test_the_page_of_an_organisation_costs_the_same_with_one_member_and_with_three(
    client, organisation, owner, django_assert_num_queries
):
    client.force_login(owner)
    client.get(organisation.get_absolute_url())

    with django_assert_num_queries(11):
        client.get(organisation.get_absolute_url())
    for _ in range(2):
        given.colleague_of(organisation)
    with django_assert_num_queries(11):
        client.get(organisation.get_absolute_url())


# --- account ------------------------------------------------------------------------------------------


def test_the_owner_confirms_the_account_with_blanks_in_the_number(client, organisation, owner):
    client.force_login(owner)
    data = {"holder": organisation.name, "bank": "某银行佛山分行", "number": "6222 0000 ００００ 1234"}
    data["proof"] = given.upload("开户信息.pdf")

    client.post(reverse("organisation_account", args=[organisation.pk]), data)

    account = BankAccount.objects.get(organisation=organisation)
    assert (account.number, account.confirmed_by) == ("6222000000001234", owner)


def test_an_account_in_another_name_is_refused_at_its_field_with_the_number_problem_beside_it(
    client, organisation, owner
):
    client.force_login(owner)
    data = {"holder": "李某", "bank": "某银行佛山分行", "number": "12ab"}
    data["proof"] = given.upload("开户信息.pdf")

    answer = client.post(reverse("organisation_account", args=[organisation.pk]), data)

    assert set(answer.context["form"].errors) == {"holder", "number"}
    assert not BankAccount.objects.exists()


def test_the_password_is_asked_in_the_form_and_a_chosen_file_need_not_be_chosen_again(client, organisation):
    owner = given.owner_of(organisation)
    owner.set_password(given.PASSWORD)
    owner.save()
    client.force_login(owner)
    url = reverse("organisation_account", args=[organisation.pk])
    data = {"holder": organisation.name, "bank": "某银行佛山分行", "number": "6222 0000 0000 1234", "password": "不对"}

    refused = client.post(url, data | {"proof": given.upload("开户信息.pdf")})
    kept = re.search(r'name="proof-kept"\s+value="([^"]+)"', refused.content.decode())[1]
    by_another = client_of(given.owner_of(given.organisation())).post(url, data)
    forged = client.post(url, data | {"password": given.PASSWORD, "proof-kept": kept[:-1]})
    answer = client.post(url, data | {"password": given.PASSWORD, "proof-kept": kept})

    assert refused.context["form"].errors == {"password": ["密码不正确，账户没有保存。请重新输入。"]}
    assert "已收到“开户信息.pdf”，不必重新选择" in refused.content.decode()
    assert (by_another.status_code, list(forged.context["form"].errors)) == (404, ["proof"])
    assert answer.status_code == 302
    assert BankAccount.objects.get(organisation=organisation).proof.name == "开户信息.pdf"


def test_nobody_hands_in_the_kept_file_of_somebody_else(organisation, owner):
    stranger = given.person()
    theirs = store_pdf(given.upload(), by=stranger)

    with pytest.raises(Refused, match="不是您上传的"):
        stored(theirs, "proof", by=owner)


# --- inbox --------------------------------------------------------------------------------------------


def test_the_inbox_shows_ones_own_messages_and_marks_them_read_by_post(client, newcomer, stranger):
    notify([newcomer], "certificate_ready", matter=1, number="甲")
    notify([stranger], "certificate_ready", matter=2, number="乙")

    page = client.get(reverse("inbox"))
    refused = client.get(reverse("inbox_read"))
    client.post(reverse("inbox_read"))

    assert page.context["unread_count"] == 1
    assert "乙" not in page.content.decode()
    assert refused.status_code == 405
    assert [newcomer.inbox.filter(read_at=None).count(), stranger.inbox.filter(read_at=None).count()] == [0, 1]


def test_an_empty_inbox_says_what_will_come(client, newcomer):
    assert "还没有消息" in client.get(reverse("inbox")).content.decode()


def test_the_inbox_costs_the_same_with_one_message_and_with_three(client, newcomer, django_assert_num_queries):
    notify([newcomer], "certificate_ready", matter=1, number="甲")

    with django_assert_num_queries(6):
        client.get(reverse("inbox"))
    for matter in (2, 3):
        notify([newcomer], "certificate_ready", matter=matter, number="甲")
    with django_assert_num_queries(6):
        client.get(reverse("inbox"))


# --- what is closed -----------------------------------------------------------------------------------


def test_the_link_of_a_message_to_what_is_closed_says_so_to_its_reader_only(client, organisation):
    former, stranger = given.colleague_of(organisation), given.person()
    notify([former], "role_changed", matter=1, link=organisation.get_absolute_url(), organisation="甲", role="读者")
    former.memberships.update(ended_at=given.SPRING)

    def said(user, url):
        answer = client_of(user).get(url)
        return answer.status_code, "这条消息所指的事项已经结束" in answer.content.decode()

    assert said(former, organisation.get_absolute_url()) == (404, True)
    assert said(former, organisation.get_absolute_url() + "edit/") == (404, False)
    assert said(stranger, organisation.get_absolute_url()) == (404, False)
