from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from enterprises.audit import actions as audit
from enterprises.memberships.models import Membership
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, tidy_credit_code
from foshan_quality.lib.problems import Problem, Refused
from foshan_quality.lib.secrecy import fingerprint
from foshan_quality.permissions import Permission, Relation

from .models import CONTACT, BankAccount, FormerName, Organisation, ParentLink
from .register import look_up

EDITABLE = ("industry", "size", "legal_representative", "address", "parent_name", "parent_code", *CONTACT)


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
    known = look_up(code)
    facts = {
        "code_doubted": bool(problem),
        "code_evidence": code_evidence,
        "created_by": by,
        "prefilled": [key for key, value in known.items() if fields.get(key) == value],
        **fields,
    }
    organisation, is_new = Organisation.objects.get_or_create(credit_code=code, defaults=facts)
    if not is_new:
        text = f"统一社会信用代码 {code} 已由本单位同事登记，没有重复登记。请联系本单位负责人将您加为成员。"
        raise Refused([Problem("duplicate", text, "credit_code")])
    Membership.objects.create(organisation=organisation, user=by, role=Relation.OWNER)
    if organisation.parent_code:
        _keep_parent(organisation, by)
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
def log_name_evidence_reading(former, *, by):
    """Who opened the scan handed in with a change of name. For whoever may confirm codes."""
    if not by.has_perm(Permission.ORGANISATION_CONFIRM_CODE, former.organisation):
        raise PermissionDenied(Permission.ORGANISATION_CONFIRM_CODE)
    audit.record(by=by, verb="read_evidence", target=former.organisation, note=former.name)


@transaction.atomic
def rename(organisation, *, by, name, changed_on, evidence):
    """Take over a new registered name, with the day it changed and a scan that proves it.

    What was issued before keeps the name it was issued under. The bank account ends, because its holder
    must be the registered name. Refused for the same name and for a day out of turn.
    """
    locked = _locked_for_owner(organisation, by)
    problems = list(_renaming_problems(locked, name, changed_on))
    if problems:
        raise Refused(problems)
    former = locked.name
    FormerName.objects.create(
        organisation=locked, name=former, changed_on=changed_on, evidence=evidence, recorded_by=by
    )
    locked.name = name
    locked.prefilled = [field for field in locked.prefilled if field != "name"]
    locked.save(update_fields=["name", "prefilled"])
    locked.bank_accounts.filter(replaced_at=None).update(replaced_at=clock.now())
    details = {"changes": {"name": [former, name]}, "changed_on": str(changed_on), "sha256": evidence.digest}
    event = audit.record(by=by, verb="rename_organisation", target=locked, details=details)
    people = [m.user for m in locked.memberships.filter(ended_at=None).exclude(user=by).select_related("user")]
    notify(
        people,
        "organisation_renamed",
        matter=event.seq,
        link=locked.get_absolute_url(),
        former=former,
        organisation=locked,
    )
    return locked


def _renaming_problems(organisation, name, changed_on):
    if name == organisation.name:
        yield Problem("same", "新名称与现登记名称相同，没有改动。", "name")
    if changed_on > clock.today():
        yield Problem("future", "变更日期晚于今天，没有改动。请在登记机关核准后办理。", "changed_on")
    last = organisation.former_names.first()
    earliest = last.changed_on if last else organisation.registered_on
    if changed_on <= earliest:
        text = f"变更日期应晚于{'上次更名' if last else '成立'}日期 {earliest}，没有改动。"
        yield Problem("order", text, "changed_on")


@transaction.atomic
def edit(organisation, *, by, **facts):
    """Change facts that may change: `EDITABLE`. The trail keeps each value before and after, but of whom to ring up
    only that it changed. A parent that is taken out or replaced stays known, with its days.

    Refused for a parent half named, malformed, or the organisation itself.
    """
    locked = _locked_for_owner(organisation, by)
    facts["parent_code"] = tidy_credit_code(facts.get("parent_code", locked.parent_code))
    problems = list(_parent_problems(locked, facts))
    if problems:
        raise Refused(problems)
    changes = {
        key: [getattr(locked, key), facts[key]]
        for key in EDITABLE
        if key in facts and facts[key] != getattr(locked, key)
    }
    if not changes:
        return locked
    for key, (_before, after) in changes.items():
        setattr(locked, key, after)
    locked.prefilled = [field for field in locked.prefilled if field not in changes]
    locked.save(update_fields=[*changes, "prefilled"])
    if {"parent_name", "parent_code"} & set(changes):
        _keep_parent(locked, by)
    told = {key: ["", "已改"] if key in CONTACT else values for key, values in changes.items()}
    audit.record(by=by, verb="edit_organisation", target=locked, details={"changes": told})
    return locked


def _keep_parent(organisation, by):
    ParentLink.objects.create(
        organisation=organisation,
        parent_name=organisation.parent_name,
        parent_code=organisation.parent_code,
        since=clock.now(),
        recorded_by=by,
    )


def _parent_problems(organisation, facts):
    name, code = facts.get("parent_name", organisation.parent_name), facts["parent_code"]
    if bool(name) != bool(code):
        where = "parent_code" if name else "parent_name"
        yield Problem("parent", "上级单位的名称和统一社会信用代码须同时填写或同时留空。没有保存。", where)
    if code and not is_credit_code_shaped(code):
        yield Problem("parent_code", "上级单位统一社会信用代码应为 18 位数字和字母。没有保存。", "parent_code")
    if code == organisation.credit_code:
        yield Problem("parent_self", "上级单位不能是本单位自己。没有保存。", "parent_code")


def _locked_for_owner(organisation, by):
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not by.has_perm(Permission.ORGANISATION_EDIT, locked):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return locked


@transaction.atomic
def set_bank_account(organisation, *, by, holder, bank, number, proof):
    """Confirm the organisation's 对公账户 with a stored scan that proves it (开户许可证 or 开户信息表).

    Refused unless the holder is exactly the registered name, and without the scan.
    """
    if not by.has_perm(Permission.ACCOUNT_EDIT, organisation):
        raise PermissionDenied(Permission.ACCOUNT_EDIT)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    problems = []
    if holder != locked.name:
        text = f"户名须与登记名称“{locked.name}”完全一致，只接受本单位对公账户。没有保存。"
        problems.append(Problem("holder", text, "holder"))
    if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 32):
        problems.append(Problem("number", "账号应为 8 到 32 位数字。没有保存。", "number"))
    if proof is None:
        problems.append(Problem("proof", "请上传开户许可证或银行出具的开户信息（PDF）。没有保存。", "proof"))
    if problems:
        raise Refused(problems)
    locked.bank_accounts.filter(replaced_at=None).update(replaced_at=clock.now())
    account = BankAccount.objects.create(
        organisation=locked,
        holder=holder,
        bank=bank,
        number=number,
        mark=fingerprint(number),
        proof=proof,
        confirmed_by=by,
    )
    details = {"account": account.masked_number, "sha256": proof.digest}
    audit.record(by=by, verb="set_bank_account", target=locked, details=details)
    return account


@transaction.atomic
def reencrypt_accounts(*, by):
    """Store every account number, and every file that carries some, anew under the first of the keys, so that the
    others may go. Returns how many accounts."""
    accounts = list(BankAccount.objects.select_for_update())
    for account in accounts:
        account.mark = fingerprint(account.number)
        account.save(update_fields=["number", "mark"])
    told = {"accounts": len(accounts), "files": _reencrypt_files()}
    audit.record(by=by, verb="reencrypt_accounts", target=by, details=told)
    return len(accounts)


def _reencrypt_files():
    """Files are frozen by trigger, save for this transaction; one is in memory at a time. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL portal.new_keys = 'on'")
    files = apps.get_model("awards.TreasuryFile").objects  # by name: that room stands on this one
    keys = list(files.values_list("pk", flat=True))
    for key in keys:
        files.get(pk=key).save(update_fields=["content"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL portal.new_keys = 'off'")
    return len(keys)
