import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import awards.decisions.models
import foshan_quality.lib.clock

TOTALS = """
UPDATE awards_rubric r SET total = (
    SELECT sum(points) FROM awards_item i JOIN awards_category c ON c.id = i.category_id WHERE c.rubric_id = r.id
) WHERE EXISTS (SELECT FROM awards_category c WHERE c.rubric_id = r.id)
"""
PROMISES = """
CREATE FUNCTION rubric_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
BEGIN
    IF TG_TABLE_NAME = 'awards_rubric' THEN
        touched := NEW.id;
    ELSE
        SELECT rubric_id INTO touched FROM awards_category WHERE id = coalesce(NEW.category_id, OLD.category_id);
    END IF;
    IF EXISTS (
        SELECT FROM awards_rubric r WHERE r.id = touched AND r.total IS DISTINCT FROM (
            SELECT sum(points) FROM awards_item i JOIN awards_category c ON c.id = i.category_id
            WHERE c.rubric_id = r.id)
    ) THEN
        RAISE EXCEPTION 'rubric % does not add up to its total', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rubric_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER rubric_adds_up AFTER INSERT OR UPDATE OR DELETE ON awards_item
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rubric_adds_up();
CREATE CONSTRAINT TRIGGER rubric_adds_up AFTER INSERT OR UPDATE ON awards_rubric
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rubric_adds_up();

CREATE FUNCTION rubric_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'awards_rubric' THEN
        touched := ARRAY[OLD.id];
    ELSIF TG_TABLE_NAME = 'awards_category' THEN
        touched := ARRAY[NEW.rubric_id, OLD.rubric_id];
    ELSE
        SELECT array_agg(rubric_id) INTO touched FROM awards_category WHERE id IN (NEW.category_id, OLD.category_id);
    END IF;
    IF EXISTS (SELECT FROM awards_edition WHERE rubric_id = ANY (touched) AND state <> 'preparing') THEN
        RAISE EXCEPTION 'the rubric is in use: % of % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'rubric_is_frozen';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER rubric_is_frozen BEFORE UPDATE OR DELETE ON awards_rubric
    FOR EACH ROW EXECUTE FUNCTION rubric_is_frozen();
CREATE TRIGGER rubric_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON awards_category
    FOR EACH ROW EXECUTE FUNCTION rubric_is_frozen();
CREATE TRIGGER rubric_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON awards_item
    FOR EACH ROW EXECUTE FUNCTION rubric_is_frozen();

CREATE FUNCTION edition_keeps_its_rubric() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'edition % has been published with its rubric', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'edition_keeps_its_rubric';
END $$;
CREATE TRIGGER edition_keeps_its_rubric BEFORE UPDATE OF rubric_id ON awards_edition
    FOR EACH ROW WHEN (OLD.rubric_id <> NEW.rubric_id AND OLD.state <> 'preparing')
    EXECUTE FUNCTION edition_keeps_its_rubric();

CREATE FUNCTION total_within_rubric() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.total < 0 OR NEW.total > (
        SELECT r.total FROM awards_rubric r JOIN awards_edition e ON e.rubric_id = r.id
            JOIN awards_application a ON a.edition_id = e.id JOIN awards_assignment s ON s.application_id = a.id
        WHERE s.id = NEW.assignment_id
    ) THEN
        RAISE EXCEPTION 'total % is beyond the rubric', NEW.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'total_within_rubric';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER total_within_rubric BEFORE INSERT OR UPDATE OF total, assignment_id ON awards_scoresheet
    FOR EACH ROW WHEN (NEW.total IS NOT NULL) EXECUTE FUNCTION total_within_rubric();
"""
UNDO = """
DROP FUNCTION rubric_adds_up() CASCADE; DROP FUNCTION rubric_is_frozen() CASCADE;
DROP FUNCTION edition_keeps_its_rubric() CASCADE; DROP FUNCTION total_within_rubric() CASCADE;
"""


class Migration(migrations.Migration):
    """A rubric carries its total and is frozen once in use; a ranking accounts for itself."""

    dependencies = [
        ("awards", "0010_experts_of_a_season_and_panels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RankingPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        blank=True, max_length=120, upload_to=awards.decisions.models.paper_name, verbose_name="文件"
                    ),
                ),
                ("requested_at", models.DateTimeField(default=foshan_quality.lib.clock.now, verbose_name="申请时间")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="生成时间")),
            ],
            options={
                "verbose_name": "排名说明",
                "verbose_name_plural": "排名说明",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReviewCase",
            fields=[],
            options={
                "verbose_name": "评审进度",
                "verbose_name_plural": "评审进度",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("awards.application",),
        ),
        migrations.RemoveConstraint(
            model_name="scoresheet",
            name="total_within_rubric",
        ),
        migrations.AddField(
            model_name="ranking",
            name="digest",
            field=models.CharField(blank=True, max_length=64, verbose_name="输入的 SHA-256"),
        ),
        migrations.AddField(
            model_name="ranking",
            name="kind",
            field=models.CharField(
                choices=[("review", "资料评审"), ("overall", "综合评价")],
                default="review",
                max_length=8,
                verbose_name="种类",
            ),
        ),
        migrations.AddField(
            model_name="ranking",
            name="rule_version",
            field=models.CharField(default="1", max_length=10, verbose_name="计算规则版本"),
        ),
        migrations.AddField(
            model_name="ranking",
            name="scheme",
            field=models.JSONField(default=dict, verbose_name="计算规则"),
        ),
        migrations.AddField(
            model_name="rubric",
            name="total",
            field=models.PositiveSmallIntegerField(default=1000, verbose_name="总分"),
            preserve_default=False,
        ),
        migrations.RunSQL(TOTALS, migrations.RunSQL.noop),
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
                    ("shortlist_per_place", "入围差额比例"),
                    ("score_threshold", "入围最低总分"),
                    ("trim_from", "去掉最高分和最低分"),
                    ("tie_rule", "总分相同时"),
                    ("spread_limit", "评审组总分极差上限"),
                    ("scoring_days", "评分期限（天）"),
                    ("quorum", "会议法定人数"),
                    ("votes_needed", "通过票数"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                    ("stamped_scan_required", "提交前须上传盖章扫描件"),
                    ("veto_look_back", "信用记录追溯期"),
                    ("veto_kinds", "一票否决的信用记录"),
                    ("veto_accident_level", "一票否决的事故等级"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.AddConstraint(
            model_name="ranking",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rule_version", "1"),
                    models.Q(models.Q(("scheme", {}), _negated=True), models.Q(("digest", ""), _negated=True)),
                    _connector="OR",
                ),
                name="ranking_is_accounted_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="rubric",
            constraint=models.CheckConstraint(
                condition=models.Q(("total__gte", 1), ("total__lte", 9999)), name="rubric_total_fits_a_sheet"
            ),
        ),
        migrations.AddConstraint(
            model_name="rubric",
            constraint=models.CheckConstraint(
                condition=models.Q(("step__gte", 1), ("step__lte", 100)), name="rubric_step_is_a_percentage"
            ),
        ),
        migrations.AddField(
            model_name="rankingpaper",
            name="application",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="awards.application"
            ),
        ),
        migrations.AddField(
            model_name="rankingpaper",
            name="ranking",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="awards.ranking"
            ),
        ),
        migrations.AddField(
            model_name="rankingpaper",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="rankingpaper",
            constraint=models.UniqueConstraint(
                fields=("ranking", "application"), name="one_ranking_paper_for_each_place", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="rankingpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "drawn"), _negated=True),
                    models.Q(models.Q(("pdf", ""), _negated=True), ("drawn_at__isnull", False)),
                    _connector="OR",
                ),
                name="ranking_paper_drawn_with_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="rankingpaper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "parked"), _negated=True),
                    models.Q(("problem", ""), _negated=True),
                    _connector="OR",
                ),
                name="ranking_paper_parked_with_reason",
            ),
        ),
        migrations.RunSQL(PROMISES, UNDO),
    ]
