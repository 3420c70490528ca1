"""The books at the end of a rehearsal: a wrong change of the budget is taken back, then the trial balance."""

from awards.subsidies.books.exports import balance_said
from awards.subsidies.books.statements import Asked, trial
from awards.subsidies.corrections import actions as correcting
from awards.subsidies.models import LedgerTransaction
from awards.subsidies.policies import actions as ruling

LATER = {"days": 17}


def close(season):
    """One proposes to take the wrong change back, another confirms; the trial balance of the season's fund is said."""
    season.stage("answer", "台账：冲正一笔录错的预算调整，试算平衡")
    maker, checker = season.users["finance_maker"], season.users["finance_checker"]
    with season.at("answer", **LATER):
        ruling.change_budget(season.budget, by=maker, amount="500000", document="（演练）录错的追加文件")
        wrong = LedgerTransaction.objects.filter(source__startswith=f"budget:{season.budget.pk}:change:").latest("pk")
        reversal = correcting.propose_reversal(wrong, by=maker, reason="该文件不是本资金的追加文件。")
        correcting.confirm_reversal(reversal, by=checker)
    for label, balance in balance_of(season):
        season.voice.say(f"{label} {balance}")


def balance_of(season):
    """The trial balance of the season's fund, account by account in words."""
    [own, _all] = trial(Asked(budget=season.budget))
    return [(row.label, balance_said(row.closing)) for row in own.rows]
