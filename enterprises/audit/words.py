"""The trail in words: what each verb, kind of record and state is called. Pure reading, nothing is stored."""

from contextlib import suppress

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from foshan_quality.permissions import Relation, Role

VERBS = {
    # people and organisations
    "create_account": "建立账号",
    "open_account": "启用账号",
    "close_account": "停用账号",
    "grant_role": "授予角色",
    "end_role": "终止角色",
    "link_identity": "绑定统一身份认证",
    "part_identity": "解除统一身份认证",
    "register_organisation": "登记单位",
    "confirm_code": "确认信用代码",
    "read_evidence": "查看执照扫描件",
    "invite": "邀请成员",
    "resend_invitation": "重新发送邀请",
    "revoke_invitation": "撤销邀请",
    "add_member": "加入成员",
    "change_member_role": "更换成员角色",
    "remove_member": "移除成员",
    "leave_organisation": "离开单位",
    "hand_over": "移交负责人",
    "rename_organisation": "变更单位名称",
    "edit_organisation": "修改单位信息",
    "appoint_quality_officer": "登记首席质量官",
    "end_quality_officer": "首席质量官离任",
    "set_bank_account": "确认对公账户",
    "choose_copies": "选择邮件抄送",
    "retry_copy": "重新发送邮件抄送",
    # credit records
    "enter_credit": "登记信用记录",
    "correct_credit": "更正信用记录",
    "repair_credit": "登记信用修复",
    "void_credit": "作废信用记录",
    "check_credit_file": "上传信用记录试算",
    "import_credit": "导入信用记录",
    "drop_credit_file": "放弃信用记录文件",
    "export_credit": "导出信用记录",
    "raise_findings": "列出待核查的信用记录",
    "exclude_finding": "信用核查：排除",
    "confirm_finding": "信用核查：属实",
    "hold_back": "因信用记录暂停支付",
    # the call
    "prepare_edition": "筹备届次",
    "set_rule": "修改规则",
    "set_window": "调整申报时间",
    "propose_window": "提出截止时间变更",
    "confirm_window": "确认截止时间变更",
    "drop_window": "作废截止时间变更",
    "move_window": "变更申报截止时间",
    "set_document_line": "修改材料清单",
    "drop_document_line": "删除材料清单一项",
    "set_condition": "修改自测条件",
    "set_calendar_day": "设置工作日历",
    "publish": "发布",
    "open": "开放申报",
    "start_review": "结束申报、进入评审",
    # applying and screening
    "start_application": "开始填报",
    "save_answers": "保存填报内容",
    "set_aside_answer": "放弃未采用的内容（已留存）",
    "restore_answer": "恢复以往版本",
    "carry_answer": "带入往届内容",
    "save_indicators": "保存经营数据",
    "add_document": "上传材料",
    "remove_document": "移除材料",
    "restore_document": "恢复材料",
    "move_document": "调整材料顺序",
    "check_oneself": "保存自测结果",
    "request_printout": "生成申报书或回执",
    "draw_printout": "申报书或回执已生成",
    "park_printout": "申报书或回执搁置",
    "retry_printout": "重新生成申报书或回执",
    "upload_stamped_scan": "上传盖章扫描件",
    "remove_stamped_scan": "移除盖章扫描件",
    "submit": "提交申报",
    "withdraw": "撤回申报",
    "reopen": "重新填报",
    "return_for_correction": "退回补正",
    "accept": "受理",
    "refuse": "不予受理",
    "propose_screening": "提出审查意见",
    "send_back_screening": "退回审查意见",
    "take_back_screening": "撤回审查意见",
    "lapse_screening": "审查意见随申报撤回失效",
    "read_dossier": "查看申报材料",
    # the district's review, letters
    "adopt_checklist": "采用默认初审条目",
    "set_checklist_item": "修改初审条目",
    "begin_district_review": "开始区级初审",
    "answer_items": "答复初审条目",
    "set_credit_report": "登记信用报告",
    "add_opinion": "登记部门意见",
    "strike_opinion": "划去部门意见",
    "recommend": "区级推荐",
    "advise_against": "区级不推荐",
    "correct_district_review": "更正区级初审",
    "attach_sealed_letter": "上传推荐函盖章件",
    "print_summary": "打印申报情况汇总表",
    "set_wording": "设置文书用语",
    "write_letter": "文书编号",
    "correct_letter": "更正文书",
    "draw_letter": "生成文书",
    "park_letter": "搁置文书",
    "retry_letter": "重新生成文书",
    "download_letter": "下载文书",
    # reviews
    "enrol_expert": "专家入库",
    "set_panel": "组建评审组",
    "declare_free": "声明无利害关系",
    "recuse": "申请回避",
    "remove": "调离（回避）",
    "save_marks": "保存评分",
    "submit_sheet": "提交评分",
    "reopen_sheet": "退回修改评分",
    "unset_total": "原总分作废",
    "read_sheet": "查看评分表",
    "lay_out_phases": "按规则设立评审阶段",
    "open_phase": "开始评审阶段",
    "close_phase": "结束评审阶段",
    "reopen_phase": "重新进行评审阶段",
    "print_sheet": "打印评分表",
    # consensus
    "begin_consensus": "开始合议",
    "save_consensus": "保存合议",
    "close_consensus": "关闭合议",
    "reopen_consensus": "退回合议",
    "answer_consensus": "对合议表态",
    "read_consensus": "查看合议",
    "print_consensus": "打印合议纪要",
    # site visits
    "plan_visit": "拟定现场评审计划",
    "set_visit_team": "组建现场评审组",
    "tell_visit": "告知现场评审计划",
    "agree_visit": "确认现场评审日期",
    "ask_other_day": "请求另定现场评审日期",
    "join_visit": "参加现场评审并声明无利害关系",
    "leave_visit": "退出现场评审",
    "write_minutes": "填写现场评审会议记录",
    "add_evidence": "登记现场证据",
    "rescore": "现场评审改评",
    "drop_rescore": "取消改评",
    "lock_visit": "锁定现场评审结果",
    "reopen_visit": "退回现场评审",
    "read_visit": "查看现场评审记录",
    "print_visit": "打印现场评审纪要",
    # feedback
    "draft_feedback": "生成反馈报告初稿",
    "write_feedback": "修改反馈报告",
    "hand_in_feedback": "提交反馈报告审核",
    "send_back_feedback": "退回反馈报告",
    "approve_feedback": "核准反馈报告",
    "release_feedback": "发放反馈报告",
    "read_feedback": "查看反馈报告",
    "download_feedback": "下载反馈报告",
    # ranking and vote
    "make_ranking": "计算排名",
    "shortlist": "入围",
    "pass_over": "不入围",
    "call_meeting": "召开评委会会议",
    "record_recusal": "登记表决回避",
    "open_vote": "开始投票",
    "cast_ballot": "投票",
    "count": "计票",
    "propose": "列为拟奖",
    "leave_out": "不列为拟奖",
    # notice, objections, resolution
    "draft_notice": "拟定公示",
    "publicise": "公示",
    "drop": "作废",
    "object_to": "提出异议",
    "uphold": "异议成立",
    "dismiss": "异议不成立",
    "strike": "取消资格",
    "enter_resolution": "录入批准文件",
    "confirm": "核对生效",
    "honour": "授奖",
    "award": "表彰",
    "record_honour": "登记荣誉",
    # certificates
    "issue_certificates": "签发证书",
    "draw": "生成证书",
    "park": "搁置证书",
    "retry": "重新生成证书",
    "download_certificate": "下载证书",
    # money
    "open_budget": "录入预算",
    "entitle": "录入奖补资格",
    "authorise": "授权专项",
    "decline": "不予授权",
    "prepare_disbursement": "编制拨付单",
    "reveal_account": "查看完整账号",
    "approve": "复核通过",
    "reject": "退回经办",
    "cancel": "撤销拨付单",
    "claim": "送财政",
    "book": "登记财政回执",
    "settle": "登记到账",
    "bounce": "登记退汇",
}


def verb_said(verb: str) -> str:
    """What the act is called."""
    return VERBS.get(verb, verb)


def kind_said(target_type: str) -> str:
    """What the kind of record is called."""
    try:
        return str(apps.get_model(target_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return target_type


def state_said(target_type: str, state: str) -> str:
    """What a state before or after an act is called; a role for acts on people."""
    words = dict(Role.choices) | dict(Relation.choices)
    with suppress(LookupError, ValueError, FieldDoesNotExist):
        words |= dict(apps.get_model(target_type)._meta.get_field("state").flatchoices)
    return words.get(state, state)
