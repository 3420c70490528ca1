"""The two acts on many payments at once, begun from the list of payments."""

from foshan_quality.office import Act
from foshan_quality.permissions import Permission

from . import actions as bulk_actions
from .forms import ApproveManyForm, PrepareManyForm

BULK_ACTS = {
    "prepare_many": Act(
        "批量编制拨付单",
        bulk_actions.prepare_many,
        PrepareManyForm,
        Permission.DISBURSEMENT_PREPARE,
        warning="每笔单独判断：不符合条件的不编制并逐笔说明原因，不影响其他各笔。",
        answer="awards/subsidies/bulk_report.html",
    ),
    "approve_many": Act(
        "批量复核",
        bulk_actions.approve_many,
        ApproveManyForm,
        Permission.DISBURSEMENT_APPROVE,
        warning="通过后立即占用预算，送出后不能撤回。每笔单独判断：列表显示之后有变化的、不符合条件的不予通过并逐笔说明原因。",
        is_grave=True,
        asks_again=True,
        template="awards/subsidies/approve_many.html",
        answer="awards/subsidies/bulk_report.html",
    ),
}
