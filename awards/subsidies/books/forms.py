from datetime import datetime, time, timedelta

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.timezone import make_aware

from foshan_quality.office_forms import day_field

from .statements import BY_DAY, Asked


class BooksFilter(forms.Form):
    """Which bookings are shown: of which budget, from which day, up to which day or minute. All may stay empty."""

    budget = forms.ChoiceField(label="资金预算", required=False)
    year = forms.IntegerField(label="预算年度", required=False, min_value=2000, max_value=2100)
    since = day_field("自", required=False)
    until = day_field("至", required=False)
    at = forms.TimeField(
        label="时刻（不填为 24 时）",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def __init__(self, *args, budgets, **kwargs):
        super().__init__(*args, **kwargs)
        self.budgets = {str(budget.pk): budget for budget in budgets}
        self.fields["budget"].choices = [("", "全部"), *((key, str(b)) for key, b in self.budgets.items())]
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "filters board-filter sheet no-print"
        self.helper.attrs = {"novalidate": ""}
        self.helper.layout = Layout(*self.fields, Submit("", "查询"))

    def clean(self):
        answers = super().clean()
        since, until = answers.get("since"), answers.get("until")
        if since and until and until < since:
            self.add_error("until", "“至”早于“自”，请重新选择期间。")
        if answers.get("at") and not until:
            self.add_error("until", "填了截止时刻，请一并选择日期。")
        return answers

    def asked(self) -> Asked:
        """What is asked for; everything where the form is not well filled in."""
        said = self.cleaned_data if self.is_valid() else {}
        return Asked(
            budget=self.budgets.get(said.get("budget")),
            year=said.get("year"),
            since=_midnight(said.get("since")),
            until=_end(said.get("until"), said.get("at")),
            payee=said.get("payee", ""),
        )

    def said(self) -> list[tuple[str, str]]:
        """The filters in words, for papers and files."""
        answers = self.cleaned_data if self.is_valid() else {}
        since, until, at = answers.get("since"), answers.get("until"), answers.get("at")
        return [
            ("资金预算", str(self.budgets.get(answers.get("budget"), "全部"))),
            ("预算年度", str(answers.get("year") or "全部")),
            ("期间", f"{since or '最早一笔'} 至 {until or '现在'}{f' {at:%H:%M}' if at else ''}"),
        ]


def _midnight(day):
    return make_aware(datetime.combine(day, time())) if day else None


def _end(day, at):
    """The first moment no longer included: the whole minute named is, or the whole day."""
    if day is None:
        return None
    if at is None:
        return _midnight(day + timedelta(days=1))
    return make_aware(datetime.combine(day, at)) + timedelta(minutes=1)


class StatementFilter(BooksFilter):
    """Which entries of an account a statement shows."""

    payee = forms.CharField(label="收款单位", required=False, max_length=60)

    def said(self):
        """The filters in words."""
        return [*super().said(), ("收款单位", self.asked().payee or "全部")]


class PaymentsFilter(StatementFilter):
    """Which payments a period shows, by which day."""

    by_day = forms.ChoiceField(label="期间按", required=False, choices=list(BY_DAY.items()))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["at"]
        self.helper.layout = Layout(*self.fields, Submit("", "查询"))

    def day(self):
        """By which day the period is meant."""
        return (self.is_valid() and self.cleaned_data["by_day"]) or "answered"

    def said(self):
        """The filters in words."""
        return [*super().said(), ("期间按", BY_DAY[self.day()])]
