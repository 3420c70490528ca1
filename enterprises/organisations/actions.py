from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from enterprises.memberships.models import Membership
from foshan_quality.lib import clock
from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, tidy_credit_code
from foshan_quality.lib.problems import Problem, Refused
from foshan_quality.permissions import Permission, Relation

from .models import BankAccount, Organisation


@transaction.atomic
def register(*, by, credit_code, code_evidence=None, **fields):
    """Register an organisation with `by` as its owner.

    Refused for a code already registered, and for a malformed one. A wrong check digit is a warning:
    with a scan of the licence as evidence the organisation is registered and staff confirm the code.
    """
    code = tidy_credit_code(credit_code)
    problem = credit_code_problem(code)
    if problem and not is_credit_code_shaped(code):
        raise Refused([Problem("code_shape", problem + "没有登记。", "credit_code")])
    if problem and not code_evidence:
        text = problem + "如确认无误，请上传营业执照扫描件作为证明后再次提交；内容没有丢失，尚未登记。"
        raise Refused([Problem("code_check_digit", text, "credit_code")])
    facts = {"code_doubted": bool(problem), "code_evidence": code_evidence, "created_by": by, **fields}
    organisation, is_new = Organisation.objects.get_or_create(credit_code=code, defaults=facts)
    if not is_new:
        text = f"统一社会信用代码 {code} 已由本单位同事登记，没有重复登记。请联系本单位负责人将您加为成员。"
        raise Refused([Problem("duplicate", text, "credit_code")])
    Membership.objects.create(organisation=organisation, user=by, role=Relation.OWNER)
    audit.record(by=by, verb="register_organisation", target=organisation, details={"code_doubted": bool(problem)})
    return organisation


@transaction.atomic
def confirm_code(organisation, *, by, reason):
    """Staff have compared a doubted code with the licence and accept it."""
    if not by.has_perm(Permission.ORGANISATION_CONFIRM_CODE, organisation):
        raise PermissionDenied(Permission.ORGANISATION_CONFIRM_CODE)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.code_doubted or locked.code_confirmed_by_id:
        raise Refused(["这个代码不需要确认。"])
    locked.code_confirmed_by = by
    locked.save(update_fields=["code_confirmed_by"])
    audit.record(by=by, verb="confirm_code", target=locked, note=reason)
    return locked


@transaction.atomic
def log_evidence_reading(organisation, *, by):
    """Who opened the scan handed in with a doubted code. For whoever may confirm it."""
    if not by.has_perm(Permission.ORGANISATION_CONFIRM_CODE, organisation):
        raise PermissionDenied(Permission.ORGANISATION_CONFIRM_CODE)
    audit.record(by=by, verb="read_evidence", target=organisation)


@transaction.atomic
def add_member(organisation, *, by, user, role):
    """Let a colleague in. Refused for a person who is a member already."""
    if not by.has_perm(Permission.ORGANISATION_EDIT, organisation):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    membership, is_new = Membership.objects.get_or_create(
        organisation=organisation, user=user, ended_at=None, defaults={"role": role}
    )
    if not is_new:
        raise Refused([f"{user}已经是本单位成员。"])
    audit.record(by=by, verb="add_member", target=organisation, after=role, details={"user": user.pk})
    return membership


@transaction.atomic
def set_bank_account(organisation, *, by, holder, bank, number):
    """Confirm the organisation's 对公账户. Refused unless the holder is exactly the registered name."""
    if not by.has_perm(Permission.ACCOUNT_EDIT, organisation):
        raise PermissionDenied(Permission.ACCOUNT_EDIT)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    problems = []
    if holder != locked.name:
        text = f"户名须与登记名称“{locked.name}”完全一致，只接受本单位对公账户。没有保存。"
        problems.append(Problem("holder", text, "holder"))
    if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 32):
        problems.append(Problem("number", "账号应为 8 到 32 位数字。没有保存。", "number"))
    if problems:
        raise Refused(problems)
    locked.bank_accounts.filter(replaced_at=None).update(replaced_at=clock.now())
    account = BankAccount.objects.create(organisation=locked, holder=holder, bank=bank, number=number, confirmed_by=by)
    audit.record(by=by, verb="set_bank_account", target=locked, details={"account": account.masked_number})
    return account
