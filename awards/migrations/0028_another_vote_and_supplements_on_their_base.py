from django.db import migrations, models

# Asked after each change, so that both sides are held: what supplements, and what is supplemented.
STANDS = """
CREATE FUNCTION supplement_stands_on_its_base() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM awards_resolution later JOIN awards_resolution base ON base.id = later.supplements_id
        WHERE NEW.id IN (later.id, base.id) AND (
            base.edition_id <> later.edition_id OR base.state <> 'in_force' OR base.supplements_id IS NOT NULL
        )
    ) THEN
        RAISE EXCEPTION 'resolution % and its supplement do not fit', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'supplement_stands_on_its_base';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER supplement_stands_on_its_base AFTER INSERT OR UPDATE ON awards_resolution
    FOR EACH ROW EXECUTE FUNCTION supplement_stands_on_its_base();
"""
FALLS = """
DROP TRIGGER supplement_stands_on_its_base ON awards_resolution;
DROP FUNCTION supplement_stands_on_its_base();
"""


class Migration(migrations.Migration):
    """Rules for another vote and for money while a revocation is open; a supplement stands on the first resolution
    in force of its own edition."""

    dependencies = [
        ("awards", "0027_the_books_are_compared"),
    ]

    operations = [
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
                    ("another_vote", "公示后空出的名额可以再次表决"),
                    ("places_shown", "会议材料列出名次"),
                    ("notice_days", "公示期（工作日）"),
                    ("notice_first_day_counted", "公示当日计入公示期"),
                    ("objection_days", "异议核查期限（工作日）"),
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
                    ("bar_group", "撤销后的申报限制及于集团成员"),
                    ("revocation_holds_money", "撤销提议办理期间暂缓拨付"),
                    ("clawback_days", "撤销后退回奖金的期限（天）"),
                    ("veto_when_repaired", "已信用修复的仍否决"),
                ],
                max_length=40,
                verbose_name="规则",
            ),
        ),
        migrations.RunSQL(STANDS, FALLS),
    ]
