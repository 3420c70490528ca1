"""What of the books is handed out as a file: headings and rows of trial balance, statement and payments."""

from itertools import chain, islice

from foshan_quality.lib.exports import COUNT, DAY, MOMENT, SUM, Column, Table
from foshan_quality.lib.identity import masked

from .statements import Section, Statement, lines, side_of

CHUNK = 2000


def trial_table(sections: list[Section], cover) -> Table:
    """The trial balance, every budget and all together, a row an account."""
    sides = [f"{what}{side}" for what in ("期初", "本期", "期末") for side in ("借方", "贷方")]
    columns = [Column("资金预算", width=32), Column("科目"), *(Column(side, SUM, 18) for side in sides)]
    rows = ([part.title, row.label, *row.cells] for part in sections for row in part.rows)
    ends = ([part.title, "合计", *part.totals] for part in sections)
    return Table("试算平衡表", cover, columns, chain(rows, ends))


def statement_table(statement: Statement, cover) -> Table:
    """The statement of an account, a row an entry, read in pieces. Opening and closing balance stand on the cover."""
    columns = [
        Column("记账时间", MOMENT, 20),
        Column("记账编号", COUNT, 12),
        Column("来源", width=24),
        Column("依据或凭证", width=36),
        Column("摘要", width=40),
        Column("收款单位", width=32),
        Column("资金预算", width=28),
        Column("借方", SUM, 18, is_summed=True),
        Column("贷方", SUM, 18, is_summed=True),
        Column("借或贷", width=8),
        Column("余额", SUM, 18),
    ]
    ends = [("期初余额（元）", balance_said(statement.opening)), ("期末余额（元）", balance_said(statement.closing))]
    return Table(f"{statement.label}明细账", [*cover, *ends], columns, _entries(statement.entries))


def balance_said(balance) -> str:
    """A balance with its side: 借 1,000.00."""
    return f"{side_of(balance)} {abs(balance):,.2f}"


def _entries(entries):
    found = entries.iterator(chunk_size=CHUNK)
    while piece := list(islice(found, CHUNK)):
        for line in lines(piece):
            yield [
                line.at,
                line.booking,
                line.source,
                line.basis,
                line.memo,
                line.payee,
                line.budget,
                line.debit,
                line.credit,
                line.side,
                abs(line.running),
            ]


def payments_table(payments, cover) -> Table:
    """Payments of a period, a row a payment; accounts masked."""
    columns = [
        Column("支付流水号", width=40),
        Column("收款单位", width=32),
        Column("收款账号", width=24),
        Column("荣誉", width=32),
        Column("资金预算", width=28),
        Column("金额", SUM, 18, is_summed=True),
        Column("依据文件", width=36),
        Column("状态", width=10),
        Column("经办时间", MOMENT, 20),
        Column("复核时间", MOMENT, 20),
        Column("到账或退汇日期", DAY, 16),
    ]
    return Table("拨付单", cover, columns, map(_payment, payments.iterator(chunk_size=CHUNK)))


def _payment(payment):
    return [
        payment.reference,
        payment.account.holder,
        masked(payment.account.number),
        payment.entitlement.honour,
        payment.budget,
        payment.amount,
        payment.document,
        payment.get_state_display(),
        payment.prepared_at,
        payment.approved_at,
        payment.answered_on,
    ]
