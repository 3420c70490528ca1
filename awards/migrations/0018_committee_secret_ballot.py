import hashlib
from datetime import datetime, time
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import awards.decisions.meeting_models
import foshan_quality.lib.clock
from foshan_quality.lib.append_only import append_only

HERE = ZoneInfo("Asia/Shanghai")
CARRIED = "由原“评委会成员”角色转入，请补登任命文件"
UPGRADED = "系统升级，选票改为封存，本轮须重新投票"


def carry_over(apps, schema_editor):
    """Grants become terms, counted meetings released ones with one round, their ballots slips.

    A vote under way is voided: its ballots lay open in the database, so the members vote again.
    """
    _terms(apps)
    for meeting in apps.get_model("awards", "Meeting").objects.order_by("pk"):
        day = datetime.combine(meeting.held_on, time(0), HERE)
        meeting.attendances.update(presence="present", arrived_at=day)
        if meeting.state == "voting":
            _void(apps, meeting, day)
        elif meeting.state == "counted":
            _release(apps, meeting, day)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _terms(apps):
    grants, term = apps.get_model("enterprises", "RoleGrant"), apps.get_model("awards", "CommitteeTerm")
    for grant in grants.objects.filter(role="committee").order_by("granted_at", "pk"):
        until = grant.ended_at and grant.ended_at.astimezone(HERE).date()
        from_on = grant.granted_at.astimezone(HERE).date()
        if not term.objects.filter(member_id=grant.user_id, from_on=from_on).exists():
            term.objects.create(member_id=grant.user_id, from_on=from_on, until_on=until, document=CARRIED)


def _void(apps, meeting, day):
    apps.get_model("awards", "Round").objects.create(
        meeting=meeting,
        number=1,
        state="void",
        candidates=[],
        places=0,
        rules={},
        salt=b"",
        box=b"",
        cast=meeting.ballots.count(),
        opened_at=day,
        closed_at=day,
        void_reason=UPGRADED,
    )
    meeting.state = "called"
    meeting.save()


def _release(apps, meeting, day):
    result, ballots = meeting.result, sorted(meeting.ballots.all(), key=lambda ballot: str(ballot.receipt))
    taken = sum(row["proposed"] for row in result["rows"])
    rules = {key: result[key] for key in ("members", "attending", "quorum", "votes_needed", "quota")}
    rules |= {"next_round": "并列", "vote_rounds": 1}
    rows = [row | {"no": 0, "abstained": row["base"] - row["yes"], "is_out": False} for row in result["rows"]]
    vote = apps.get_model("awards", "Round").objects.create(
        meeting=meeting,
        number=1,
        state="counted",
        candidates=[{key: row[key] for key in ("application", "number", "organisation")} for row in rows],
        places=max(result["quota"], taken),
        rules=rules,
        salt=b"",
        box=b"",
        cast=len(ballots),
        result={"rows": rows, "next": [], "problems": [], "issued": len(ballots), "returned": len(ballots)},
        opened_at=day,
        closed_at=day,
    )
    for seat in meeting.attendances.order_by("pk"):
        recused = sorted(seat.recusals.values_list("application_id", flat=True))
        apps.get_model("awards", "Voter").objects.create(
            round=vote, attendance=seat, recused=recused, has_voted=seat.has_voted
        )
    slips = apps.get_model("awards", "Slip").objects
    slips.bulk_create(
        slips.model(code=code, round=vote, application_id=row["application"], choice=choice)
        for row in rows
        for code, choice in _slips(meeting, row, ballots)
    )
    meeting.state, meeting.closed_at, meeting.closed_by_id = "released", day, meeting.called_by_id
    meeting.result = (
        result
        | rules
        | {
            "places": vote.places,
            "next": [],
            "rows": [row | {"round": 1} for row in rows],
        }
    )
    meeting.save()


def _slips(meeting, row, ballots):
    """Approvals, then as many abstentions as the base leaves; whoever was recused approved nothing and falls away."""
    approving = [ballot for ballot in ballots if row["application"] in ballot.approved]
    others = [ballot for ballot in ballots if row["application"] not in ballot.approved]
    for choice, chosen in (("aye", approving), ("abs", others[: row["base"] - row["yes"]])):
        for ballot in chosen:
            name = f"{ballot.receipt}/{meeting.pk}-1/{row['number']}"
            yield hashlib.sha256(name.encode()).hexdigest()[:32], choice


class Migration(migrations.Migration):
    """The committee has terms and meetings with attendance; its vote goes in rounds and lies sealed until the count."""

    dependencies = [
        ("awards", "0017_certificate_templates_batches_and_replacements"),
        ("enterprises", "0007_credit_records"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CommitteeTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "post",
                    models.CharField(
                        choices=[("chair", "主任"), ("deputy", "副主任"), ("member", "委员")],
                        default="member",
                        max_length=6,
                        verbose_name="职务",
                    ),
                ),
                ("employer", models.CharField(blank=True, max_length=120, verbose_name="工作单位")),
                ("from_on", models.DateField(verbose_name="任期开始")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="任期最后一日")),
                ("document", models.CharField(max_length=200, verbose_name="任命文件")),
                (
                    "entered_at",
                    models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="登记时间"),
                ),
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="提前终止时间")),
                ("end_reason", models.CharField(blank=True, editable=False, max_length=200, verbose_name="终止原因")),
            ],
            options={
                "verbose_name": "评委任期",
                "verbose_name_plural": "评委任期",
                "ordering": ["-from_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="MeetingPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_final", models.BooleanField(verbose_name="正式")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "排队中"), ("drawn", "已生成"), ("parked", "生成失败")],
                        default="queued",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("problem", models.TextField(blank=True, verbose_name="失败原因")),
                (
                    "pdf",
                    models.FileField(
                        blank=True,
                        max_length=120,
                        upload_to=awards.decisions.meeting_models.paper_name,
                        verbose_name="文件",
                    ),
                ),
                ("requested_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="申请时间")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="生成时间")),
            ],
            options={
                "verbose_name": "评委会会议纪要",
                "verbose_name_plural": "评委会会议纪要",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="轮次")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "投票中"), ("counted", "已计票"), ("void", "作废")],
                        default="open",
                        editable=False,
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("candidates", models.JSONField(verbose_name="候选名单")),
                ("places", models.PositiveIntegerField(verbose_name="名额")),
                ("rules", models.JSONField(verbose_name="规则")),
                ("salt", models.BinaryField()),
                ("box", models.BinaryField()),
                ("cast", models.PositiveIntegerField(default=0, verbose_name="已投")),
                ("result", models.JSONField(null=True, verbose_name="计票结果")),
                ("opened_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="开始时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
            ],
            options={
                "verbose_name": "表决轮次",
                "verbose_name_plural": "表决轮次",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Slip",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="选票编码")),
                (
                    "choice",
                    models.CharField(
                        choices=[("aye", "同意"), ("nay", "不同意"), ("abs", "弃权")],
                        max_length=3,
                        verbose_name="意见",
                    ),
                ),
            ],
            options={
                "verbose_name": "选票",
                "verbose_name_plural": "选票",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Voter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recused", models.JSONField(default=list, verbose_name="回避的申报")),
                ("has_voted", models.BooleanField(default=False, editable=False, verbose_name="已投票")),
            ],
            options={
                "verbose_name": "投票名册",
                "verbose_name_plural": "投票名册",
            },
        ),
        migrations.RemoveConstraint(
            model_name="meeting",
            name="one_meeting_at_a_time",
        ),
        migrations.AddField(
            model_name="attendance",
            name="arrived_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="签到时间"),
        ),
        migrations.AddField(
            model_name="attendance",
            name="post",
            field=models.CharField(
                choices=[("chair", "主任"), ("deputy", "副主任"), ("member", "委员")],
                default="member",
                max_length=6,
                verbose_name="职务",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="presence",
            field=models.CharField(
                choices=[("expected", "未签到"), ("present", "出席"), ("absent", "缺席"), ("left", "中途离场")],
                default="expected",
                editable=False,
                max_length=8,
                verbose_name="出席情况",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="原因"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="agenda",
            field=models.JSONField(default=list, verbose_name="议程"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="发布或流会时间"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="closed_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="drafted_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="计票时间"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="drafted_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="place",
            field=models.CharField(blank=True, max_length=120, verbose_name="地点"),
        ),
        migrations.AddField(
            model_name="meeting",
            name="starts_at",
            field=models.TimeField(blank=True, null=True, verbose_name="开始时间"),
        ),
        migrations.AddField(
            model_name="recusal",
            name="recorded_at",
            field=models.DateTimeField(default=foshan_quality.lib.clock.now, editable=False, verbose_name="登记时间"),
        ),
        migrations.AddField(
            model_name="recusal",
            name="source",
            field=models.CharField(
                choices=[("member", "本人申请"), ("secretariat", "秘书处登记"), ("portal", "系统比对")],
                default="secretariat",
                max_length=11,
                verbose_name="来源",
            ),
        ),
        migrations.AlterField(
            model_name="editionrule",
            name="key",
            field=models.CharField(
                choices=[
                    ("quota", "获奖名额上限"),
                    ("years_registered", "登记满几年可申报"),
                    ("reminder_leads", "截止前提醒"),
                    ("closing_notice_hours", "提前截止至少提前（小时）"),
                    ("district_required", "受理前须有区级推荐"),
                    ("report_days", "信用报告有效天数"),
                    ("correction_days", "补正期限（工作日）"),
                    ("corrections", "最多退回补正次数"),
                    ("screening_by_two", "资格审查须两人办理"),
                    ("experts_per_application", "每份申报最少评审专家数"),
                    ("panel_fields", "评审组至少涉及几个专业领域"),
                    ("panel_districts", "评审组专家至少来自几个区"),
                    ("panel_in_field", "评审组至少几名熟悉所属行业的专家"),
                    ("cases_per_expert", "每名专家最多承担件数"),
                    ("cases_per_day", "专家每天可评审件数"),
                    ("conflict_look_back", "利害关系追溯年限"),
                    ("strengths_from", "须写优势的百分比"),
                    ("improvements_to", "须写改进机会的百分比"),
                    ("shortlist_per_place", "入围差额比例"),
                    ("score_threshold", "入围最低总分"),
                    ("trim_from", "去掉最高分和最低分"),
                    ("tie_rule", "总分相同时"),
                    ("spread_limit", "评审组总分极差上限"),
                    ("scoring_days", "评分期限（天）"),
                    ("quorum", "会议法定人数"),
                    ("votes_needed", "通过票数"),
                    ("vote_rounds", "表决最多几轮"),
                    ("next_round", "再投一轮的申报"),
                    ("places_shown", "会议材料列出名次"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                    ("stamped_scan_required", "提交前须上传盖章扫描件"),
                    ("veto_look_back", "信用记录追溯期"),
                    ("veto_kinds", "一票否决的信用记录"),
                    ("veto_accident_level", "一票否决的事故等级"),
                    ("phases", "评审阶段与权重"),
                    ("consensus_cases", "合议评审的范围"),
                    ("consensus_spread", "须讨论的分歧"),
                    ("visitors_named", "现场评审计划列出专家姓名"),
                    ("hearing_minutes", "陈述答辩每家分钟数"),
                    ("feedback_on", "反馈报告发放日期"),
                    ("revocation_days", "撤销前陈述申辩期限（工作日）"),
                    ("bar_fraud", "因弄虚作假撤销的，此后几届不得申报"),
                    ("bar_other", "因其他原因撤销的，此后几届不得申报"),
                    ("clawback_days", "撤销后退回奖金的期限（天）"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.AlterField(
            model_name="meeting",
            name="state",
            field=models.CharField(
                choices=[
                    ("called", "筹备中"),
                    ("voting", "投票中"),
                    ("counted", "已计票，待发布"),
                    ("released", "已发布"),
                    ("failed", "流会"),
                ],
                default="called",
                editable=False,
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="ended_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="entered_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="committeeterm",
            name="member",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="committee_terms",
                to=settings.AUTH_USER_MODEL,
                verbose_name="评委",
            ),
        ),
        migrations.AddField(
            model_name="meetingpaper",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="awards.meeting"
            ),
        ),
        migrations.AddField(
            model_name="meetingpaper",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="awards.meeting"
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="opened_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="slip",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="awards.application"
            ),
        ),
        migrations.AddField(
            model_name="slip",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="slips", to="awards.round"
            ),
        ),
        migrations.AddField(
            model_name="voter",
            name="attendance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="votes", to="awards.attendance"
            ),
        ),
        migrations.AddField(
            model_name="voter",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="voters", to="awards.round"
            ),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="ballot",
            name="meeting",
        ),
        migrations.RemoveField(
            model_name="attendance",
            name="has_voted",
        ),
        migrations.DeleteModel(
            name="Ballot",
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("presence__in", ["absent", "left"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="away_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("arrived_at__isnull", False), ("presence__in", ["present", "left"])),
                    models.Q(("arrived_at", None), ("presence__in", ["expected", "absent"])),
                    _connector="OR",
                ),
                name="arrived_when_present",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["called", "voting", "counted"])),
                fields=("edition",),
                name="one_meeting_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("drafted_at", None), ("drafted_by", None)),
                    models.Q(("drafted_at__isnull", False), ("drafted_by__isnull", False), ("result__isnull", False)),
                    _connector="OR",
                ),
                name="meeting_drafted_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("closed_by__isnull", False),
                        ("state__in", ["released", "failed"]),
                    ),
                    models.Q(
                        ("closed_at", None),
                        ("closed_by", None),
                        models.Q(("state__in", ["released", "failed"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="meeting_closed_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "released"), _negated=True),
                    ("drafted_by", None),
                    models.Q(("closed_by", models.F("drafted_by")), _negated=True),
                    _connector="OR",
                ),
                name="meeting_released_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.UniqueConstraint(fields=("member", "from_on"), name="one_term_from_a_day"),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until_on", None)), fields=("member",), name="one_open_term_a_member"
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on", None), ("until_on__gte", models.F("from_on")), _connector="OR"),
                name="term_runs_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.CheckConstraint(
                condition=models.Q(("document", ""), _negated=True), name="term_rests_on_a_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="committeeterm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("ended_at", None), ("ended_by", None)),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("until_on__isnull", False),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="term_ended_at_and_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingpaper",
            constraint=models.UniqueConstraint(
                fields=("meeting", "is_final"), name="one_specimen_and_one_final_minutes"
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "drawn"), _negated=True),
                    models.Q(models.Q(("pdf", ""), _negated=True), ("drawn_at__isnull", False)),
                    _connector="OR",
                ),
                name="minutes_drawn_with_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "parked"), _negated=True),
                    models.Q(("problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="minutes_parked_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(fields=("meeting", "number"), name="one_round_of_a_number"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("meeting",), name="one_open_round"
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at", None),
                        ("state", "open"),
                        models.Q(("box", b""), _negated=True),
                        models.Q(("salt", b""), _negated=True),
                    ),
                    models.Q(
                        ("box", b""), ("closed_at__isnull", False), ("salt", b""), ("state__in", ["counted", "void"])
                    ),
                    _connector="OR",
                ),
                name="round_box_is_emptied_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("result", None), ("state", "open"), ("void_reason", "")),
                    models.Q(("result__isnull", False), ("state", "counted"), ("void_reason", "")),
                    models.Q(("result", None), ("state", "void"), models.Q(("void_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="round_counted_with_result_void_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="voter",
            constraint=models.UniqueConstraint(fields=("round", "attendance"), name="one_ballot_a_member_and_round"),
        ),
        *append_only("awards_slip"),
    ]
