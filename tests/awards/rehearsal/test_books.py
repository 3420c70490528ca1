"""The books at the end of a rehearsal."""

from contextlib import nullcontext
from types import SimpleNamespace

from awards.rehearsal import books
from awards.subsidies import ledger
from tests import given


def test_a_rehearsal_takes_its_wrong_change_back_and_says_the_trial_balance(db):
    said = []
    season = SimpleNamespace(
        budget=given.budget("20000000"),
        users={"finance_maker": given.maker(), "finance_checker": given.checker()},
        stage=lambda name, title: said.append(title),
        at=lambda name, **shift: nullcontext(),
        voice=SimpleNamespace(say=said.append),
    )

    books.close(season)

    season.budget.refresh_from_db()
    assert said[1:3] == ["财政拨款 贷 20,000,000.00", "可用额度 借 20,000,000.00"]
    assert season.budget.total == 20_000_000
    assert ledger.is_balanced()
