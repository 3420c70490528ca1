from datetime import date
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied

from enterprises.districts import District
from enterprises.files.actions import store_pdf
from enterprises.models import AuditEvent, BankAccount, Organisation
from enterprises.organisations import actions as registering
from foshan_quality.permissions import Permission, Relation
from tests import given
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import at_once, kinds

DOUBTED = "91350211M0000XUF46"  # reported as a real firm's code, though its check digit is wrong
FACTS = {
    "name": "佛山市某某机械有限公司",
    "district_code": District.SHUNDE,
    "industry": "装备制造",
    "size": Organisation.Size.LARGE,
    "registered_on": date(1986, 5, 4),
    "legal_representative": "某人",
    "address": "某路 1 号",
}


def register(by, code=None, **changes):
    return registering.register(by=by, credit_code=code or given.credit_code(), **FACTS | changes)


# --- registering --------------------------------------------------------------------------------------


def test_who_registers_an_organisation_owns_it_and_the_trail_knows(db):
    user = given.person()

    organisation = register(user)

    assert organisation.roles_of(user) == {Relation.OWNER}
    assert (organisation.code_doubted, organisation.registered_on) == (False, date(1986, 5, 4))
    line = AuditEvent.objects.get()
    assert (line.verb, line.actor_id, line.target_id) == ("register_organisation", user.pk, str(organisation.pk))


def test_a_code_is_kept_tidy_however_it_was_typed(db):
    code = given.credit_code()

    organisation = register(given.person(), f" {code[:8].lower()} {code[8:].lower()}　")

    assert organisation.credit_code == code


@pytest.mark.parametrize("code", ["", "9144", "91440605IA00000009", "广" * 18, "9144060AMA00000009"])
def test_a_code_of_the_wrong_shape_is_refused_even_with_evidence(db, code):
    user = given.person()
    evidence = store_pdf(given.upload(), by=user)

    with refused("code_shape"):
        registering.register(by=user, credit_code=code, code_evidence=evidence, **FACTS)

    assert Organisation.objects.count() == 0


def test_a_wrong_check_digit_is_refused_without_evidence_and_says_what_to_do(db):
    with pytest.raises(registering.Refused) as refusal:
        register(given.person(), DOUBTED)

    assert str(refusal.value) == (
        "统一社会信用代码的校验位不正确，请对照营业执照核对。"
        "如确认无误，请上传营业执照扫描件作为证明后再次提交；内容没有丢失，尚未登记。"
    )
    assert [problem.where for problem in refusal.value.problems] == ["credit_code"]
    assert (Organisation.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_a_wrong_check_digit_is_taken_with_evidence_and_confirmed_once_by_staff(db, secretary):
    user = given.person()
    organisation = register(user, DOUBTED, code_evidence=store_pdf(given.upload(), by=user))
    assert organisation.code_doubted is True

    registering.confirm_code(organisation, by=secretary, reason="与执照一致")

    organisation.refresh_from_db()
    assert organisation.code_confirmed_by == secretary
    with refused("这个代码不需要确认。", untouched=[organisation]):
        registering.confirm_code(organisation, by=secretary, reason="再次")


def test_a_right_code_needs_no_confirmation_and_nobody_else_confirms(organisation, secretary):
    with refused("这个代码不需要确认。", untouched=[organisation]):
        registering.confirm_code(organisation, by=secretary, reason="理由")

    check_duty(
        Permission.ORGANISATION_CONFIRM_CODE,
        lambda by: registering.confirm_code(organisation, by=by, reason="理由"),
        organisation,
    )


def test_a_code_registered_already_is_refused_and_says_whom_to_ask(organisation):
    with pytest.raises(registering.Refused) as refusal:
        register(given.person(), organisation.credit_code)

    assert [problem.code for problem in refusal.value.problems] == ["duplicate"]
    assert str(refusal.value) == (
        f"统一社会信用代码 {organisation.credit_code} 已由本单位同事登记，没有重复登记。"
        "请联系本单位负责人将您加为成员。"
    )
    assert Organisation.objects.count() == 1


def test_two_colleagues_registering_at_once_leave_one_organisation_and_a_plain_answer(committed):
    people = [given.person() for _ in range(2)]

    for _ in range(10):
        code = given.credit_code()
        outcomes = at_once(*(partial(register, person, code) for person in people))

        assert kinds(outcomes) == ["Refused", "done"]
        assert Organisation.objects.filter(credit_code=code).count() == 1


def test_the_database_knows_a_code_once_and_no_doubt_without_evidence(organisation):
    with refused_by("enterprises_organisation_credit_code_key"):
        copy_of(organisation)
    with refused_by("doubted_code_has_evidence"):
        Organisation.objects.update(code_doubted=True)


# --- bank account -------------------------------------------------------------------------------------


def set_account(organisation, by, **changes):
    facts = {"holder": organisation.name, "bank": "某银行", "number": "6222000000001234"} | changes
    facts = {"proof": given.proof_of_account(by)} | facts
    return registering.set_bank_account(organisation, by=by, **facts)


def test_a_new_account_replaces_the_former_which_stays_on_record(organisation, owner):
    first = set_account(organisation, owner)

    second = set_account(organisation, owner, number="6222000000005678")

    first.refresh_from_db()
    assert (first.replaced_at is None, second.replaced_at) == (False, None)
    assert list(organisation.bank_accounts.filter(replaced_at=None)) == [second]


def test_the_trail_and_the_name_of_an_account_show_only_its_tail(organisation, owner):
    account = set_account(organisation, owner)

    line = AuditEvent.objects.first()
    assert line.details == {"account": "************1234", "sha256": account.proof.digest}
    assert str(account) == f"{organisation.name} ************1234"


@pytest.mark.parametrize(
    "holder",
    ["另一家有限公司", "", "佛山市试样有限公司 ", "某人"],
    ids=["other firm", "empty", "trailing space", "person"],
)
def test_only_the_organisations_own_account_is_taken(owner, organisation, holder):
    with refused("holder", untouched=[organisation]):
        set_account(organisation, owner, holder=holder)

    assert BankAccount.objects.count() == 0


@pytest.mark.parametrize(
    "number", ["", "1234567", "1" * 33, "6222-0000", "六二二二〇〇〇〇", "６２２２０００００００", "²²²²²²²²²"]
)
def test_an_account_number_is_8_to_32_digits(owner, organisation, number):
    with refused("number"):
        set_account(organisation, owner, number=number)


def test_every_wrong_field_of_an_account_is_named_at_once(owner, organisation):
    with refused("holder", "number"):
        set_account(organisation, owner, holder="别人", number="1")


def test_nobody_but_the_owner_changes_the_account(organisation):
    with no_trace(), pytest.raises(PermissionDenied):
        set_account(organisation, given.colleague_of(organisation))
    check_duty(Permission.ACCOUNT_EDIT, lambda by: set_account(organisation, by))


def test_one_account_is_in_use_even_when_two_are_set_at_once(committed):
    organisation = given.organisation()
    owner = given.owner_of(organisation)

    for _ in range(10):
        outcomes = at_once(*[lambda: set_account(organisation, owner)] * 2)
        assert kinds(outcomes) == ["done", "done"]
        assert organisation.bank_accounts.filter(replaced_at=None).count() == 1


def test_the_database_knows_one_account_in_use(organisation, owner):
    account = set_account(organisation, owner)

    with refused_by("one_account_in_use"):
        copy_of(account)


# --- who sees whom ------------------------------------------------------------------------------------


def test_people_see_their_own_organisations_staff_all_and_districts_theirs(db):
    here, there = given.organisation(district=District.NANHAI), given.organisation(district=District.SHUNDE)

    def seen_by(user):
        return set(Organisation.objects.visible_to(user))

    assert seen_by(given.owner_of(here)) == {here}
    assert seen_by(given.person()) == set()
    assert seen_by(given.secretary()) == {here, there}
    assert seen_by(given.district_officer(District.SHUNDE)) == {there}
    assert seen_by(given.expert()) == seen_by(given.maker()) == seen_by(given.leader()) == set()
