from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Count, Exists, OuterRef, Q, UniqueConstraint

from awards.process import State
from foshan_quality.lib import clock

from .verdict import Judged, Verdict, verdict

USER = settings.AUTH_USER_MODEL
ON_THE_WAY = {State.SUBMITTED, State.RETURNED, State.IN_REVIEW, State.SHORTLISTED, State.PROPOSED}
LATE = {State.PUBLICISED, State.HONOURED}  # what comes next is approval or payment: two people must have looked


class CreditFindingQuerySet(models.QuerySet):
    def current(self):
        """About the newest row of a record in force, and an application that still has something before it."""
        return self.filter(record__replacement=None, record__is_void=False, application__state__in=ON_THE_WAY | LATE)

    def unjudged(self):
        """Current findings nobody has said anything about."""
        return self.current().filter(judgements=None)

    def for_second_look(self, user):
        """Current findings that one other person has excluded and that a late step needs two people for."""
        said = Judgement.objects.filter(finding=OuterRef("pk"))
        return (
            self.current()
            .filter(application__state__in=LATE)
            .filter(~Exists(said.filter(outcome=Judged.CONFIRMED)), ~Exists(said.filter(judged_by=user)))
            .annotate(judges=Count("judgements__judged_by", distinct=True))
            .filter(judges=1)
        )

    def to_be_struck(self):
        """Current findings that were confirmed while the application is still on the list."""
        newest = Judgement.objects.filter(finding=OuterRef("pk")).order_by("-pk")
        return (
            self.current()
            .exclude(application__state=State.HONOURED)
            .annotate(last=models.Subquery(newest.values("outcome")[:1]))
            .filter(last=Judged.CONFIRMED)
        )


class CreditFinding(models.Model):
    """A credit record that rules out an application under its edition's rules, until people judge. Only grows."""

    application = models.ForeignKey(
        "awards.Application", models.PROTECT, related_name="credit_findings", verbose_name="申报"
    )
    record = models.ForeignKey(
        "enterprises.CreditRecord", models.PROTECT, related_name="findings", verbose_name="信用记录"
    )
    found_at = models.DateTimeField("发现时间", default=clock.now)

    objects = CreditFindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "信用核查"
        ordering = ["-pk"]
        constraints = [UniqueConstraint(fields=["application", "record"], name="found_once")]

    def __str__(self):
        return f"{self.application} · {self.record.number}"

    @property
    def verdict(self):
        """What people have said so far."""
        return verdict([(row.outcome, row.judged_by_id) for row in self.judgements.all()])

    @property
    def is_current(self):
        """Whether it still has to be dealt with."""
        is_newest = not hasattr(self.record, "replacement") and not self.record.is_void
        return is_newest and self.application.state in ON_THE_WAY | LATE

    @property
    def is_to_be_struck(self):
        return self.is_current and self.verdict == Verdict.CONFIRMED


class Judgement(models.Model):
    """What one person said about a finding, and on which ground. Append-only by trigger."""

    finding = models.ForeignKey(CreditFinding, models.PROTECT, related_name="judgements")
    outcome = models.CharField("判断", max_length=9, choices=Judged)
    reason = models.TextField("理由")
    document = models.CharField("依据文件", max_length=200, blank=True)
    judged_at = models.DateTimeField("时间", default=clock.now)
    judged_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="核查人")

    class Meta:
        verbose_name = verbose_name_plural = "核查意见"
        ordering = ["pk"]
        constraints = [
            UniqueConstraint(fields=["finding", "outcome", "judged_by"], name="one_judgement_a_person"),
            CheckConstraint(
                name="judgement_has_ground",
                condition=~Q(reason="") & (Q(outcome="confirmed") | ~Q(document="")),
            ),
        ]


class Bar(models.Model):
    """A firm that may not apply in the next so many editions whose call is not over at `since`. Only grows."""

    organisation = models.ForeignKey("enterprises.Organisation", models.PROTECT, related_name="bars")
    programme = models.ForeignKey("awards.Programme", models.PROTECT, related_name="bars")
    editions = models.PositiveSmallIntegerField("届数")
    since = models.DateTimeField("起算时间")
    is_rehearsal = models.BooleanField("演练", default=False)
    reason = models.CharField("原因", max_length=300, help_text="告知单位的一句话，含文件")
    set_by = models.ForeignKey(USER, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "申报限制"
        ordering = ["pk"]
        constraints = [CheckConstraint(name="bar_of_some_editions", condition=Q(editions__gt=0) & ~Q(reason=""))]

    def __str__(self):
        return f"{self.organisation}：{self.reason}"
