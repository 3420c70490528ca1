"""Honours that money is owed for, written at one go past every rule but the database's.

What is measured, raced and stormed is how they are paid, not how they came about.
"""

from datetime import date

from awards.models import Entitlement, Honour, HonourKind
from enterprises.districts import District
from enterprises.models import BankAccount, Organisation
from foshan_quality.lib import clock
from foshan_quality.lib.identity import invented_credit_code
from foshan_quality.lib.secrecy import fingerprint

KIND = "佛山市政府质量奖"


def owe(count, *, by, start=0):
    """So many organisations, numbered from `start`, each with an account of its own and a ready entitlement."""
    numbers = range(start, start + count)
    organisations = Organisation.objects.bulk_create(_firm(n, by) for n in numbers)
    firms = list(zip(organisations, numbers, strict=True))
    BankAccount.objects.bulk_create(_account(organisation, n, by) for organisation, n in firms)
    kind = HonourKind.objects.get(name=KIND)
    line = kind.subsidy_rules.get(payer="city", valid_to=None, is_special=False)
    honours = Honour.objects.bulk_create(_honour(organisation, kind) for organisation in organisations)
    return Entitlement.objects.bulk_create(_entitlement(honour, line, by) for honour in honours)


def _firm(n, by):
    return Organisation(
        name=f"佛山市应付{n}号机械有限公司",
        credit_code=invented_credit_code("MAP", n),
        district_code=District.NANHAI,
        industry="机械",
        size=Organisation.Size.MEDIUM,
        registered_on=date(2001, 1, 1),
        legal_representative="某人",
        address="佛山市某路一号",
        created_by=by,
    )


def _account(organisation, n, by):
    number = f"6222{n:012d}"
    return BankAccount(
        organisation=organisation,
        holder=organisation.name,
        bank="某银行佛山分行",
        number=number,
        mark=fingerprint(number),
        confirmed_at=clock.now(),
        confirmed_by=by,
    )


def _honour(organisation, kind):
    announced_on = clock.today()
    return Honour(
        kind=kind,
        year=announced_on.year,
        organisation=organisation,
        organisation_name=organisation.name,
        announced_on=announced_on,
        source="测试",
        is_rehearsal=True,
    )


def _entitlement(honour, line, by):
    return Entitlement(
        honour=honour,
        amount=line.amount,
        table_amount=line.amount,
        owed_amount=line.amount,
        document=line.document,
        state=Entitlement.State.READY,
        entered_by=by,
    )
