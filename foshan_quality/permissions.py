"""Who may do what, on one page. `foshan_quality/backend.py` serves it as `user.has_perm(permission, record)`.

`Role`s are granted to a person and hold everywhere (a district officer's only in that district).
`Relation`s are what one record says about one person: the record's `roles_of(user)` answers them.
"""

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    """A duty granted to a person by the security officer."""

    DISTRICT_OFFICER = "district_officer", "区市场监管人员"
    SECRETARIAT = "secretariat", "秘书处"
    EXPERT = "expert", "评审专家"
    COMMITTEE = "committee", "评委会成员"
    FINANCE_MAKER = "finance_maker", "资金经办"
    FINANCE_CHECKER = "finance_checker", "资金复核"
    LEADER = "leader", "领导"
    AUDITOR = "auditor", "审计管理员"
    SYSTEM_OFFICER = "system_officer", "系统管理员"
    SECURITY_OFFICER = "security_officer", "安全管理员"
    ROBOT = "robot", "系统自动任务"


class Relation(TextChoices):
    """What a record makes of a person."""

    OWNER = "owner", "单位负责人"
    EDITOR = "editor", "填报人"
    READER = "reader", "查阅人"
    INVITED_EXPERT = "invited_expert", "受邀专家"
    SITTING_EXPERT = "sitting_expert", "承担评审的专家"
    PANEL_HEAD = "panel_head", "评审组组长"
    PANEL_MEMBER = "panel_member", "参加合议的专家"
    VISITOR = "visitor", "现场评审组成员"
    VISIT_HEAD = "visit_head", "现场评审组组长"
    HEARER = "hearer", "参加答辩评分的专家"
    MEETING_MEMBER = "meeting_member", "应出席会议的评委"


class Permission(StrEnum):
    """One lawful act. `view_*` names are the ones Django's admin asks for."""

    OFFICE_ENTER = "awards.enter_office"
    DASHBOARD_VIEW = "awards.view_dashboard"
    EDITION_VIEW = "awards.view_edition"
    EDITION_PREPARE = "awards.prepare_edition"
    EDITION_PUBLISH = "awards.publish_edition"
    ORGANISATION_VIEW = "enterprises.view_organisation"
    ORGANISATION_EDIT = "enterprises.edit_organisation"
    ORGANISATION_CONFIRM_CODE = "enterprises.confirm_code_organisation"
    CREDIT_VIEW = "enterprises.view_creditrecord"
    CREDIT_ENTER = "enterprises.enter_creditrecord"
    CREDIT_IMPORT_VIEW = "enterprises.view_creditimport"
    ACCOUNT_EDIT = "enterprises.edit_bankaccount"
    ACCOUNT_VIEW = "enterprises.view_bankaccount"
    APPLICATION_VIEW = "awards.view_application"
    APPLICATION_TAKE = "awards.take_application"  # its files as they were handed in; experts get pictures of pages
    APPLICATION_EDIT = "awards.edit_application"
    APPLICATION_SUBMIT = "awards.submit_application"
    APPLICATION_SCREEN = "awards.screen_application"
    PRINTOUT_DRAW = "awards.draw_printout"
    FINDING_VIEW = "awards.view_creditfinding"
    FINDING_RAISE = "awards.raise_creditfinding"
    FINDING_JUDGE = "awards.judge_creditfinding"
    CHECKLIST_VIEW = "awards.view_checklistitem"
    DISTRICT_REVIEW_VIEW = "awards.view_districtreview"
    DISTRICT_REVIEW_WRITE = "awards.write_districtreview"
    WORDING_VIEW = "awards.view_letterwording"
    LETTER_VIEW = "awards.view_letter"
    LETTER_ISSUE = "awards.issue_letter"
    LETTER_DRAW = "awards.draw_letter"
    ENGAGEMENT_VIEW = "awards.view_engagement"
    ENGAGEMENT_ANSWER = "awards.answer_engagement"
    CONFLICT_FOLLOW = "awards.follow_conflict"
    PROPOSAL_VIEW = "awards.view_panelproposal"
    PROPOSAL_DRAW = "awards.draw_panelproposal"
    REVIEW_ASSIGN = "awards.assign_review"
    REVIEW_VIEW = "awards.view_assignment"
    REVIEW_SCORE = "awards.score_assignment"
    SHEET_REOPEN = "awards.reopen_assignment"
    FREEZE_VIEW = "awards.view_scoringfreeze"
    SCORING_FREEZE = "awards.freeze_scoring"
    SCORES_RESTORE = "awards.restore_scores"
    READING_VIEW = "awards.view_reading"
    COPY_PREPARE = "awards.prepare_readingcopy"
    PHASE_VIEW = "awards.view_reviewphase"
    PHASE_RUN = "awards.run_reviewphase"
    CONSENSUS_VIEW = "awards.view_consensus"
    CONSENSUS_LEAD = "awards.lead_consensus"
    CONSENSUS_ANSWER = "awards.answer_consensus"
    VISIT_VIEW = "awards.view_sitevisit"
    VISIT_PLAN = "awards.plan_sitevisit"
    VISIT_WRITE = "awards.write_sitevisit"
    VISIT_LEAD = "awards.lead_sitevisit"
    VISIT_ANSWER = "awards.answer_sitevisit"
    HEARING_VIEW = "awards.view_hearing"
    HEARING_RUN = "awards.run_hearing"
    HEARING_CASE_VIEW = "awards.view_hearingcase"
    HEARING_SCORE = "awards.score_hearingcase"
    FEEDBACK_VIEW = "awards.view_feedbackreport"
    FEEDBACK_WRITE = "awards.write_feedbackreport"
    FEEDBACK_APPROVE = "awards.approve_feedbackreport"
    RANKING_VIEW = "awards.view_ranking"
    RANKING_MAKE = "awards.make_ranking"
    RANKING_DRAW = "awards.draw_rankingpaper"
    TERM_VIEW = "awards.view_committeeterm"
    TERM_ENTER = "awards.enter_committeeterm"
    MEETING_VIEW = "awards.view_meeting"
    MEETING_RUN = "awards.run_meeting"
    MEETING_ATTEND = "awards.attend_meeting"
    BALLOT_CAST = "awards.cast_ballot"
    NOTICE_VIEW = "awards.view_notice"
    NOTICE_PUBLISH = "awards.publish_notice"
    NOTICE_TEXT_VIEW = "awards.view_texttemplate"
    NOTICE_TEXT_SET = "awards.set_texttemplate"
    PAPER_VIEW = "awards.view_paper"
    PAPER_WRITE = "awards.write_paper"
    OBJECTION_VIEW = "awards.view_objection"
    OBJECTION_DECIDE = "awards.decide_objection"
    STATEMENT_ANSWER = "awards.answer_statement"
    RESOLUTION_VIEW = "awards.view_resolution"
    RESOLUTION_ENTER = "awards.enter_resolution"
    HONOUR_VIEW = "awards.view_honour"
    HONOUR_RECORD = "awards.record_honour"
    HONOUR_ENTRY_VIEW = "awards.view_honourentry"
    HONOUR_IMPORT_VIEW = "awards.view_honourimport"
    REVOCATION_VIEW = "awards.view_revocation"
    REVOCATION_RUN = "awards.run_revocation"
    REVOCATION_ANSWER = "awards.answer_revocation"
    CERTIFICATE_VIEW = "awards.view_certificate"
    CERTIFICATE_TEMPLATE_VIEW = "awards.view_certificatetemplate"
    CERTIFICATE_BATCH_VIEW = "awards.view_certificatebatch"
    REPLACEMENT_VIEW = "awards.view_replacement"
    CERTIFICATE_ISSUE = "awards.issue_certificate"
    CERTIFICATE_DRAW = "awards.draw_certificate"
    MONEY_VIEW = "awards.view_disbursement"
    ENTITLEMENT_VIEW = "awards.view_entitlement"
    ENTITLEMENT_ENTER = "awards.enter_entitlement"
    ENTITLEMENT_AUTHORISE = "awards.authorise_entitlement"
    BUDGET_VIEW = "awards.view_budget"
    LEDGER_VIEW = "awards.view_ledgertransaction"
    LEDGER_CORRECT = "awards.correct_ledgertransaction"
    REVERSAL_VIEW = "awards.view_reversal"
    RECONCILIATION_VIEW = "awards.view_reconciliation"
    RECONCILE_RUN = "awards.run_reconciliation"
    STUCK_VIEW = "awards.view_stuck"  # of one's own records; the next: every technical failure, by its number
    STUCK_VIEW_ALL = "awards.view_all_stuck"
    DISBURSEMENT_PREPARE = "awards.prepare_disbursement"
    DISBURSEMENT_APPROVE = "awards.approve_disbursement"
    DISBURSEMENT_SEND = "awards.send_disbursement"
    ACCOUNT_LOOK = "awards.look_disbursement"
    BATCH_VIEW = "awards.view_paymentbatch"
    BATCH_MAKE = "awards.make_paymentbatch"
    BATCH_TAKE = "awards.take_paymentbatch"  # the file itself, with the full account numbers
    RESULT_VIEW = "awards.view_resultfile"
    RESULT_LINE_VIEW = "awards.view_resultline"
    RESULT_IMPORT = "awards.import_resultfile"
    CLAWBACK_VIEW = "awards.view_clawback"
    CLAWBACK_BOOK = "awards.book_clawback"
    CLAWBACK_CONFIRM = "awards.confirm_clawbackentry"
    CLAWBACK_ENTRY_VIEW = "awards.view_clawbackentry"
    PLAN_ENTER = "awards.enter_paymentplan"
    PLAN_CONFIRM = "awards.confirm_paymentplan"
    RULES_VIEW = "awards.view_subsidyrule"
    RULES_ENTER = "awards.enter_subsidyrule"
    OUTSIDE_VIEW = "awards.view_outsidepayment"
    OUTSIDE_ENTER = "awards.enter_outsidepayment"
    RUBRIC_VIEW = "awards.view_rubric"
    CALENDAR_VIEW = "awards.view_calendarday"
    CALENDAR_EDIT = "awards.edit_calendar"
    AUDIT_VIEW = "enterprises.view_auditevent"
    USER_VIEW = "enterprises.view_user"
    USER_MANAGE = "enterprises.manage_user"
    ROLE_VIEW = "enterprises.view_rolegrant"
    ROLE_GRANT = "enterprises.grant_role"
    COPY_VIEW = "enterprises.view_stuckcopy"
    COPY_RETRY = "enterprises.retry_stuckcopy"


P = Permission

MONEY_READS = {P.MONEY_VIEW, P.ENTITLEMENT_VIEW, P.BUDGET_VIEW, P.LEDGER_VIEW, P.RULES_VIEW, P.HONOUR_VIEW}
MONEY_READS |= {P.OUTSIDE_VIEW, P.CLAWBACK_VIEW, P.CLAWBACK_ENTRY_VIEW, P.REVERSAL_VIEW}
MONEY_READS |= {P.RECONCILIATION_VIEW, P.RECONCILE_RUN, P.STUCK_VIEW}
MONEY_READS |= {P.BATCH_VIEW, P.RESULT_VIEW, P.RESULT_LINE_VIEW}

GRANTS: dict[Role, set[Permission]] = {
    Role.DISTRICT_OFFICER: {
        P.OFFICE_ENTER,
        P.EDITION_VIEW,
        P.ORGANISATION_VIEW,
        P.APPLICATION_VIEW,
        P.APPLICATION_TAKE,
        P.DISTRICT_REVIEW_VIEW,
        P.DISTRICT_REVIEW_WRITE,
        P.LETTER_VIEW,
        P.NOTICE_VIEW,
    },
    Role.SECRETARIAT: {
        P.OFFICE_ENTER,
        P.DASHBOARD_VIEW,
        P.EDITION_VIEW,
        P.EDITION_PREPARE,
        P.EDITION_PUBLISH,
        P.ORGANISATION_VIEW,
        P.ORGANISATION_CONFIRM_CODE,
        P.CREDIT_VIEW,
        P.CREDIT_ENTER,
        P.CREDIT_IMPORT_VIEW,
        P.APPLICATION_VIEW,
        P.APPLICATION_TAKE,
        P.APPLICATION_SCREEN,
        P.FINDING_VIEW,
        P.FINDING_RAISE,
        P.FINDING_JUDGE,
        P.CHECKLIST_VIEW,
        P.DISTRICT_REVIEW_VIEW,
        P.DISTRICT_REVIEW_WRITE,
        P.WORDING_VIEW,
        P.LETTER_VIEW,
        P.LETTER_ISSUE,
        P.ENGAGEMENT_VIEW,
        P.CONFLICT_FOLLOW,
        P.PROPOSAL_VIEW,
        P.REVIEW_ASSIGN,
        P.REVIEW_VIEW,
        P.SHEET_REOPEN,
        P.FREEZE_VIEW,
        P.SCORING_FREEZE,
        P.SCORES_RESTORE,
        P.READING_VIEW,
        P.PHASE_VIEW,
        P.PHASE_RUN,
        P.CONSENSUS_VIEW,
        P.VISIT_VIEW,
        P.VISIT_PLAN,
        P.HEARING_VIEW,
        P.HEARING_RUN,
        P.HEARING_CASE_VIEW,
        P.FEEDBACK_VIEW,
        P.FEEDBACK_APPROVE,
        P.RANKING_VIEW,
        P.RANKING_MAKE,
        P.TERM_VIEW,
        P.TERM_ENTER,
        P.MEETING_VIEW,
        P.MEETING_RUN,
        P.NOTICE_VIEW,
        P.NOTICE_PUBLISH,
        P.NOTICE_TEXT_VIEW,
        P.NOTICE_TEXT_SET,
        P.PAPER_VIEW,
        P.PAPER_WRITE,
        P.OBJECTION_VIEW,
        P.OBJECTION_DECIDE,
        P.RESOLUTION_VIEW,
        P.RESOLUTION_ENTER,
        P.HONOUR_VIEW,
        P.HONOUR_RECORD,
        P.HONOUR_ENTRY_VIEW,
        P.HONOUR_IMPORT_VIEW,
        P.REVOCATION_VIEW,
        P.REVOCATION_RUN,
        P.CLAWBACK_VIEW,
        P.CERTIFICATE_VIEW,
        P.CERTIFICATE_TEMPLATE_VIEW,
        P.CERTIFICATE_BATCH_VIEW,
        P.REPLACEMENT_VIEW,
        P.CERTIFICATE_ISSUE,
        P.ENTITLEMENT_VIEW,
        P.RECONCILIATION_VIEW,
        P.STUCK_VIEW,
        P.RULES_VIEW,
        P.RUBRIC_VIEW,
        P.CALENDAR_VIEW,
        P.CALENDAR_EDIT,
    },
    Role.EXPERT: {
        P.OFFICE_ENTER,
        P.ENGAGEMENT_VIEW,
        P.CONFLICT_FOLLOW,
        P.REVIEW_VIEW,
        P.RUBRIC_VIEW,
        P.CONSENSUS_VIEW,
        P.VISIT_VIEW,
        P.HEARING_CASE_VIEW,
        P.FEEDBACK_VIEW,
    },
    Role.COMMITTEE: {P.OFFICE_ENTER, P.MEETING_VIEW},
    Role.FINANCE_MAKER: {
        P.OFFICE_ENTER,
        P.RULES_ENTER,
        P.OUTSIDE_ENTER,
        P.ENTITLEMENT_ENTER,
        P.DISBURSEMENT_PREPARE,
        P.PLAN_ENTER,
        P.BATCH_MAKE,
        P.BATCH_TAKE,
        P.RESULT_IMPORT,
        P.CLAWBACK_BOOK,
        P.LEDGER_CORRECT,
        P.ACCOUNT_VIEW,
    }
    | MONEY_READS,
    Role.FINANCE_CHECKER: {
        P.OFFICE_ENTER,
        P.RULES_ENTER,
        P.DISBURSEMENT_APPROVE,
        P.PLAN_CONFIRM,
        P.CLAWBACK_CONFIRM,
        P.BATCH_TAKE,
        P.RESULT_IMPORT,
        P.ACCOUNT_LOOK,
        P.LEDGER_CORRECT,
        P.ACCOUNT_VIEW,
    }
    | MONEY_READS,
    Role.LEADER: {P.DASHBOARD_VIEW, P.ENTITLEMENT_AUTHORISE, P.RECONCILIATION_VIEW},
    Role.AUDITOR: {
        P.OFFICE_ENTER,
        P.AUDIT_VIEW,
        P.READING_VIEW,
        P.FREEZE_VIEW,
        P.LEDGER_VIEW,
        P.REVERSAL_VIEW,
        P.MONEY_VIEW,
        P.ENTITLEMENT_VIEW,
        P.BUDGET_VIEW,
        P.RULES_VIEW,
        P.OUTSIDE_VIEW,
        P.CLAWBACK_VIEW,
        P.CLAWBACK_ENTRY_VIEW,
        P.BATCH_VIEW,
        P.RESULT_VIEW,
        P.RESULT_LINE_VIEW,
        P.RECONCILIATION_VIEW,
        P.RECONCILE_RUN,
    },
    Role.SYSTEM_OFFICER: {
        P.OFFICE_ENTER,
        P.USER_VIEW,
        P.USER_MANAGE,
        P.COPY_VIEW,
        P.COPY_RETRY,
        P.STUCK_VIEW,
        P.STUCK_VIEW_ALL,
    },
    Role.SECURITY_OFFICER: {P.OFFICE_ENTER, P.USER_VIEW, P.ROLE_VIEW, P.ROLE_GRANT},
    Role.ROBOT: {
        P.COPY_PREPARE,
        P.PRINTOUT_DRAW,
        P.LETTER_DRAW,
        P.RANKING_DRAW,
        P.NOTICE_PUBLISH,
        P.CERTIFICATE_DRAW,
        P.DISBURSEMENT_SEND,
        P.RESULT_IMPORT,
        P.RECONCILE_RUN,
        P.FINDING_RAISE,
        P.CONFLICT_FOLLOW,
        P.PROPOSAL_DRAW,
    },
}

RELATION_GRANTS: dict[Relation, set[Permission]] = {
    Relation.OWNER: {
        P.ORGANISATION_VIEW,
        P.ORGANISATION_EDIT,
        P.ACCOUNT_EDIT,
        P.APPLICATION_VIEW,
        P.APPLICATION_TAKE,
        P.APPLICATION_EDIT,
        P.APPLICATION_SUBMIT,
        P.VISIT_ANSWER,
        P.REVOCATION_ANSWER,
        P.STATEMENT_ANSWER,
    },
    Relation.EDITOR: {
        P.ORGANISATION_VIEW,
        P.APPLICATION_VIEW,
        P.APPLICATION_TAKE,
        P.APPLICATION_EDIT,
        P.VISIT_ANSWER,
        P.REVOCATION_ANSWER,
        P.STATEMENT_ANSWER,
    },
    Relation.READER: {P.ORGANISATION_VIEW, P.APPLICATION_VIEW, P.APPLICATION_TAKE},
    Relation.INVITED_EXPERT: {P.ENGAGEMENT_ANSWER},
    Relation.SITTING_EXPERT: {P.APPLICATION_VIEW, P.REVIEW_SCORE},
    Relation.PANEL_HEAD: {P.SHEET_REOPEN, P.CONSENSUS_LEAD, P.FEEDBACK_WRITE},
    Relation.PANEL_MEMBER: {P.CONSENSUS_ANSWER},
    Relation.VISITOR: {P.VISIT_WRITE},
    Relation.VISIT_HEAD: {P.VISIT_LEAD},
    Relation.HEARER: {P.HEARING_SCORE},
    Relation.MEETING_MEMBER: {P.MEETING_ATTEND, P.BALLOT_CAST},
}

OFFICERS = {Role.SYSTEM_OFFICER, Role.SECURITY_OFFICER, Role.AUDITOR}  # 三员: apart from each other and from business
BUSINESS = {
    Role.DISTRICT_OFFICER,
    Role.SECRETARIAT,
    Role.EXPERT,
    Role.COMMITTEE,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.LEADER,
}
INCOMPATIBLE: set[frozenset[Role]] = (
    {frozenset({a, b}) for a in OFFICERS for b in (OFFICERS | BUSINESS) - {a}}
    | {frozenset({Role.FINANCE_MAKER, Role.FINANCE_CHECKER})}
    | {frozenset({Role.LEADER, role}) for role in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)}
    | {frozenset({Role.EXPERT, role}) for role in BUSINESS - {Role.EXPERT}}
    | {frozenset({Role.COMMITTEE, role}) for role in (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)}
)
OFFICE_ROLES = {role for role, permissions in GRANTS.items() if P.OFFICE_ENTER in permissions}


def clash(held: set[Role], wanted: Role) -> Role | None:
    """A role already held that must not meet the wanted one in one person."""
    return next((role for role in sorted(held) if frozenset({role, wanted}) in INCOMPATIBLE), None)
