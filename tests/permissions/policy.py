"""Who gets in where. One line a page: the page, the record it is tried on, who gets in, what the others get.

Nobody who has not signed in gets past the sign-in page, except on the pages of `EVERYBODY`. The others get
404 where the very existence must stay unknown and 403 where only the duty is missing.
"""

from dataclasses import dataclass, field

FIRM = {"owner", "editor", "reader"}
WRITERS = {"owner", "editor"}
OWNER = {"owner"}
OTHER = {"other_owner"}
OUTSIDERS = {"stranger", "other_owner", "former_owner"}
SECRETARY = {"secretary"}
HERE = SECRETARY | {"district_officer"}  # who may read dossiers handed in from the firms' district
DISTRICTS = {"district_officer", "district_officer_elsewhere"}
SEATED = {"done_expert", "sitting_expert", "undeclared_expert", "recused_expert"}
READING = {"done_expert", "sitting_expert"}
HEAD, PANEL = {"done_expert"}, READING  # of the case that was agreed on and visited
EXPERTS = SEATED | {"idle_expert"}
COMMITTEE = {"member", "absent_member"}
MAKER, CHECKER = {"maker"}, {"checker"}
PAYERS = MAKER | CHECKER
LEADER, AUDITOR = {"leader"}, {"auditor"}
LOOKING = LEADER | SECRETARY
SYSTEM, SECURITY = {"system_officer"}, {"security_officer"}
OFFICE = SECRETARY | DISTRICTS | EXPERTS | COMMITTEE | PAYERS | AUDITOR | SYSTEM | SECURITY
SIGNED_IN = OFFICE | LEADER | FIRM | OUTSIDERS
EVERYBODY = SIGNED_IN | {"anonymous"}
NOBODY = set()

NO_SUCH_ACT = "nothing"
SIGN_IN, FORBIDDEN, UNKNOWN, WRONG_WAY = "sign in", 403, 404, 405
ANSWERED = {"leading": "yes", "accidents": "yes", "credit": "yes"}
A_FILE = {"kind": "audit_reports", "file": "<a PDF>"}


@dataclass(frozen=True, eq=False)
class Page:
    """One page tried on one record. `unaware` get 404 instead of `refusal`; `writers` may hand something in.

    `way` is GET or POST where the page knows only that one. `posts` is the least that is handed in;
    a value in angle brackets is the key of a record.
    """

    route: str
    on: str = ""
    opens: frozenset = frozenset()
    refusal: int = FORBIDDEN
    unaware: frozenset = frozenset()
    writers: frozenset | None = None
    way: str = ""
    posts: dict = field(default_factory=dict)
    more: list = field(default_factory=list)

    def __str__(self):
        return " ".join(map(str, filter(None, [self.route, *self.more, self.on and f"({self.on})"])))

    def refused(self, actor):
        """What this person gets who is not let in."""
        if actor in self.unaware:
            return UNKNOWN
        return SIGN_IN if actor == "anonymous" else self.refusal

    def read_by(self, actor):
        """The lawful answers to opening the page."""
        if self.way == "POST" and self.route.startswith("admin:") and actor not in OFFICE:
            return {SIGN_IN if actor == "anonymous" else FORBIDDEN}
        if self.way == "POST" and (actor != "anonymous" or actor in self.opens):
            return {WRONG_WAY}
        return {"in"} if actor in self.opens else {self.refused(actor)}

    def written_by(self, actor):
        """The lawful answers to handing something in."""
        if self.way == "GET":
            return {WRONG_WAY} if actor in self.opens else {WRONG_WAY, self.refused(actor)}
        if actor not in self.opens:
            return {self.refused(actor)}
        return {"in"} if self.writers is None or actor in self.writers else {FORBIDDEN}


def public(route, on="", **more):
    return Page(route, on, EVERYBODY, **{"way": "GET"} | more)


def own(route, on, opens=FIRM, *, members=FIRM, **more):
    """A page of a firm: whoever is no member does not learn that there is such a record."""
    return Page(route, on, opens, unaware=SIGNED_IN - members, **more)


PUBLIC = [
    public("home"),
    public("guide"),
    public("laureates"),
    public("laureates_csv"),
    public("laureates_json"),
    public("laureates_data"),
    public("laureates_schema"),
    public("laureate", "the firm's honour"),
    public("notices"),
    public("notices_feed"),
    public("sitemap"),
    public("notice", "the notice's address"),
    public("notice_object", "the notice's address", way=""),
    public("objection_find", way=""),
    public("objection_receipt", "the objection's receipt", way=""),
    public("verify_form"),
    public("verify_file", way="POST"),
    public("verify", "the firm's certificate's code"),
    Page("notice", "the draft notice", NOBODY, unaware=EVERYBODY, way="GET"),
    Page("notice_object", "the draft notice", NOBODY, unaware=EVERYBODY),
    Page("notice_moved", "the draft notice", NOBODY, unaware=EVERYBODY, way="GET"),
    Page("objection_reply", "the notice's address", NOBODY, unaware=EVERYBODY, way="GET"),
]

APPLICANTS = [
    Page("desk", opens=SIGNED_IN),
    Page("inbox", opens=SIGNED_IN),
    Page("inbox_read", opens=SIGNED_IN, way="POST"),
    Page("inbox_settings", opens=SIGNED_IN),
    own("message_read", "a message to the owner", OWNER, members=OWNER, way="POST"),
    Page("organisation_new", opens=SIGNED_IN),
    Page(
        "application_start",
        "the open edition",
        SIGNED_IN - OTHER,  # whoever has no firm yet is led to register it
        unaware=OTHER,
        writers=SIGNED_IN - {"reader"},
        way="POST",
        posts={"organisation": "<the firm>"},
    ),
    Page("self_check", "the open edition", SIGNED_IN, writers=SIGNED_IN - {"reader"}, posts=ANSWERED),
    Page("organisations", opens=SIGNED_IN, way="GET"),
    own("organisation", "the firm"),
    own("organisation", "the other firm", OTHER, members=OTHER),
    own("organisation_account", "the firm", OWNER),
    own("organisation_statement", "the firm", way="GET"),
    own("organisation_statement", "the other firm", OTHER, members=OTHER, way="GET"),
    own("organisation_money", "the firm", way="GET"),
    own("organisation_money", "the other firm", OTHER, members=OTHER, way="GET"),
    own("organisation_account", "the other firm", OTHER, members=OTHER),
    own("organisation_edit", "the firm", OWNER),
    own("organisation_edit", "the other firm", OTHER, members=OTHER),
    own("organisation_rename", "the firm", OWNER),
    own("organisation_leave", "the firm"),
    own("member_invite", "the firm", OWNER, posts={"email": "a@example.invalid", "role": "owner"}),
    own("member", "the firm", OWNER, more=["<the reader's membership>"], posts={"role": "editor"}),
    own("member_remove", "the firm", OWNER, more=["<the reader's membership>"], way="POST"),
    own("member_hand_over", "the firm", OWNER, more=["<the reader's membership>"], way="POST"),
    own("invitation_resend", "the firm", OWNER, more=["<the invitation>"], way="POST"),
    own("invitation_revoke", "the firm", OWNER, more=["<the invitation>"], way="POST"),
    own("quality_officer_appoint", "the firm", OWNER),
    own("quality_officer_end", "the firm", OWNER, more=["<the quality officer>"]),
    Page("invitation", opens=NOBODY, unaware=EVERYBODY, more=["no-such-token"]),
    Page("invitation_sign_up", opens=EVERYBODY, way="POST", more=["no-such-token"]),  # leads on to signing up
    own("application_autosave", "the firm's draft", more=["profile"], writers=WRITERS, way="POST"),
    own("answer_history", "the firm's draft", more=["overview"], way="GET"),
    own("answer_history", "the other firm's application", OTHER, members=OTHER, more=["overview"], way="GET"),
    own("answer_preview", "the firm's draft", more=["4.1.2"], writers=WRITERS, way="POST"),
    own("answer_restore", "the firm's draft", more=["overview", "<a former text>"], writers=WRITERS, way="POST"),
    own("application", "the firm's draft"),
    own("application", "the firm's honoured application"),
    own("application", "the other firm's application", OTHER, members=OTHER),
    own("application_section", "the firm's draft", more=["profile"], writers=WRITERS, posts={"overview": "新"}),
    own("application_section", "the firm's draft", more=["4.1"], writers=WRITERS, posts={"4.1.2": "新"}),
    own("application_section", "the firm's draft", more=["indicators"], writers=WRITERS, posts={"revenue-2025": "5"}),
    own("application_section", "the firm's draft", more=["documents"], writers=WRITERS, posts=A_FILE),
    own("application_section", "the other firm's application", OTHER, members=OTHER, more=["profile"]),
    own("document_remove", "the firm's draft", more=["<a file of the draft>"], writers=WRITERS, way="POST"),
    own("document_restore", "the firm's draft", more=["<a file of the draft>"], writers=WRITERS, way="POST"),
    own("document_move", "the firm's draft", more=["<a file of the draft>"], writers=WRITERS, way="POST"),
    own("application_check", "the firm's draft", writers=OWNER, posts={"agrees": "on"}),
    own("application_receipt", "the firm's draft"),
    own("application_receipt", "the firm's honoured application"),
    own("application_receipt", "the other firm's application", OTHER, members=OTHER),
    own("application_dossier", "the firm's draft"),
    own("application_dossier", "the firm's honoured application"),
    own("application_dossier", "the other firm's application", OTHER, members=OTHER),
    own("application_differences", "the other firm's application", OTHER, members=OTHER, more=["2"], way="GET"),
    own("application_receipt_print", "the firm's draft", way="POST"),
    own("application_book", "the firm's draft"),
    own("application_book", "the other firm's application", OTHER, members=OTHER),
    own("application_stamped", "the firm's draft", writers=WRITERS, posts={"code": "<the code>", "file": "<a PDF>"}),
    own("application_stamped", "the other firm's application", OTHER, members=OTHER),
    own("scan_remove", "the firm's draft", more=["<a stamped scan>"], writers=WRITERS, way="POST"),
    own("scan_download", "a stamped scan"),
    own("scan_download", "a stamped scan of the other firm", HERE | OTHER, members=HERE | OTHER),
    own("scan_pages", "a stamped scan", more=["1"], writers=NOBODY),
    own(
        "scan_pages",
        "a stamped scan of the other firm",
        HERE | OTHER,
        members=HERE | OTHER,
        more=["1"],
        writers=SECRETARY,
    ),
    own("scan_picture", "a stamped scan", more=["1"]),
    own("scan_picture", "a stamped scan of the other firm", HERE | OTHER, members=HERE | OTHER, more=["1"]),
    own("printout_download", "a specimen"),
    own("printout_download", "the book of the other firm", HERE | OTHER, members=HERE | OTHER),
    own("application_withdraw", "the firm's draft", OWNER),
    own("application_withdraw", "the other firm's application", OTHER, members=OTHER),
    own("application_reopen", "the firm's draft", writers=OWNER, way="POST"),
    own("document_download", "a file of the draft"),
    own("document_download", "a file of the other firm", HERE | OTHER, members=HERE | OTHER),
    own("document_download", "a file of the case", HERE, members=HERE | READING),  # experts read pictures of pages
    own("sample_form", "the firm's draft", more=["licence"], way="GET"),
    own("sample_form", "the other firm's application", OTHER, members=OTHER, more=["licence"], way="GET"),
    own("document_pages", "a file of the draft", more=["1"], writers=NOBODY),
    own(
        "document_pages", "a file of the other firm", HERE | OTHER, members=HERE | OTHER, more=["1"], writers=SECRETARY
    ),
    own("document_pages", "a file of the case", HERE | READING, members=HERE | READING, more=["1"], writers=SECRETARY),
    own("document_picture", "a file of the draft", more=["1"]),
    own("document_picture", "a file of the other firm", HERE | OTHER, members=HERE | OTHER, more=["1"]),
    own("document_picture", "a file of the case", HERE | READING, members=HERE | READING, more=["1"]),
    own("site_visit", "the visited application", writers=WRITERS, posts={"agree": "1", "version": "1"}),
    Page("site_visit", "the firm's draft", NOBODY, unaware=SIGNED_IN),
    own("statement", "the statement", writers=WRITERS, posts={"answer": "说明"}),
    own("hearing", "the visited application", way="GET"),
    Page("hearing", "the firm's draft", NOBODY, unaware=SIGNED_IN, way="GET"),
    own("feedback", "the firm's honoured application", way="GET"),
    own("feedback_download", "the firm's honoured application", way="GET"),
    Page("feedback", "the visited application", NOBODY, unaware=SIGNED_IN, way="GET"),
    Page("feedback_download", "the visited application", NOBODY, unaware=SIGNED_IN, way="GET"),
    own("letter_download", "the letter of the case", HERE, members=HERE),
    own("letter_download", "the letter of the firm", FIRM | HERE, members=FIRM | HERE),
    own("letter_download", "the recommendation", HERE, members=HERE),
    own("revocation", "the firm's honoured application", writers=WRITERS, posts={"text": "数据有出处。"}),
    Page("revocation", "the firm's draft", NOBODY, unaware=SIGNED_IN),
    own("certificate_download", "the firm's certificate", FIRM | SECRETARY, members=FIRM | SECRETARY),
]

LEADERSHIP = [
    Page("dashboard", opens=LOOKING, way="GET"),
    Page("dashboard_list", "the honoured edition", LOOKING, more=["submitted"], way="GET"),
    Page("dashboard_list", "the open edition", LOOKING, more=["submitted"], way="GET"),
    Page("dashboard_list", "the honoured edition", LOOKING, more=["objections"], way="GET"),
    Page("dashboard_reconciliation", "a comparison of the books", LOOKING, way="GET"),
    Page("dashboard_payments", opens=LOOKING, more=["2026", "reserved"], way="GET"),
    Page("entitlement_authorise", "the special sum", LEADER, posts={"decision": "authorise"}),
]


# --- the office: one block a kind of record ------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """Who opens the list of such records, who begins what there; and for records, who opens each and does what.

    Whoever may open the list but not a record is not to know of it. What only some may do who open it, the
    others are forbidden.
    """

    lists: frozenset
    begins: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """Who opens a record, who does each act on it, who opens each further page of it; `led_on` are those whom its own
    page sends to another of theirs, since it is over for them."""

    opens: frozenset
    acts: dict = field(default_factory=dict)
    pages: dict = field(default_factory=dict)
    led_on: frozenset = frozenset()


def each(names, who):
    """These acts are open to the same people."""
    return dict.fromkeys(names.split(), who)


NOTICE_ACTS = each("publish edit recall correct withdraw_notice drop", SECRETARY)
EDITION_ACTS = each(
    "set_window set_rule set_document_line drop_document_line set_sample_form drop_sample_form set_condition publish "
    "open propose_window confirm_window drop_window start_review",
    SECRETARY,
)
SCREENING_ACTS = each(
    "accept return_for_correction refuse propose_acceptance propose_return propose_refusal "
    "confirm_screening send_back_screening take_back_screening write_letters set_panel "
    "retry_copy",
    SECRETARY,
) | each("request_final_book", HERE)
CREDIT_ACTS = each("correct repair void", SECRETARY)
FINDING_ACTS = each("exclude confirm disqualify", SECRETARY)
BEGINNING = each("begin_district_review", HERE)
REVIEWING = each("checklist vetoes report opinion strike recommend advise_against seal correct", HERE)
VISIT_ACTS = each("set_team tell_visit change_plan reopen_visit", SECRETARY) | each(
    "join opening evidence closing leave rescore drop_rescore lock_visit", HEAD
)
PAYMENT_ACTS = each("approve reject look", CHECKER) | each("cancel again", MAKER) | each("reveal", PAYERS)
REVOCATION_ACTS = each(
    "tell_revocation evidence hear_holder enter_decision return_decision revoke keep_honour drop", SECRETARY
)
ENTITLEMENT_ACTS = each("authorise decline", NOBODY) | each("take_back", MAKER)  # leaders have a page of their own
ENTITLEMENT_ACTS |= each("plan drop_plan notice drop_notice", MAKER) | each("confirm_plan confirm_notice", CHECKER)


def seat_of(expert):
    """An assignment as its expert and the secretariat may act on it."""
    return each("declare_free recuse submit_sheet reopen_member", expert) | each(
        "reopen_sheet remove replace", SECRETARY
    )


def season_of(expert):
    """An engagement as its expert and the secretariat may act on it."""
    answers = "accept_invitation decline_invitation sign_pledge declare_interests interest"
    return each(answers, expert) | each("invite_again end_engagement", SECRETARY)


DESKS = {
    "awards.edition": Desk(
        SECRETARY | DISTRICTS,
        each("prepare", SECRETARY),
        {"the open edition": Record(SECRETARY | DISTRICTS, EDITION_ACTS)},
    ),
    "awards.calendarday": Desk(SECRETARY, each("set", SECRETARY), {"a day": Record(SECRETARY, each("set", SECRETARY))}),
    "awards.rubric": Desk(SECRETARY | EXPERTS, records={"the rubric": Record(SECRETARY | EXPERTS)}),
    "awards.application": Desk(
        SECRETARY | DISTRICTS,
        records={
            "the other firm's application": Record(HERE, SCREENING_ACTS | BEGINNING),
            "the case": Record(HERE, SCREENING_ACTS | BEGINNING),
            "the firm's draft": Record(NOBODY, each("propose_acceptance confirm_screening", NOBODY)),
        },
    ),
    "awards.districtreview": Desk(
        SECRETARY | DISTRICTS,
        records={"the district review": Record(HERE, REVIEWING), "the frozen review": Record(HERE, REVIEWING)},
    ),
    "awards.checklistitem": Desk(
        SECRETARY, each("adopt", SECRETARY), {"a checklist item": Record(SECRETARY, each("set", SECRETARY))}
    ),
    "awards.letter": Desk(
        SECRETARY | DISTRICTS,
        records={
            "the letter of the case": Record(HERE, each("correct retry_letter", SECRETARY), each("download", HERE)),
            "the recommendation": Record(HERE, each("correct retry_letter", SECRETARY), each("download", HERE)),
        },
    ),
    "awards.letterwording": Desk(
        SECRETARY, each("set", SECRETARY), {"a wording": Record(SECRETARY, each("set", SECRETARY))}
    ),
    "enterprises.organisation": Desk(
        SECRETARY | DISTRICTS,
        records={
            "the firm": Record(HERE, each("confirm_code", SECRETARY)),
            "the doubted firm": Record(HERE, each("confirm_code", SECRETARY), each("evidence", SECRETARY)),
        },
    ),
    "awards.creditfinding": Desk(
        SECRETARY, each("recheck", SECRETARY), {"the finding": Record(SECRETARY, FINDING_ACTS)}
    ),
    "enterprises.creditrecord": Desk(
        SECRETARY, each("enter", SECRETARY), {"the credit record": Record(SECRETARY, CREDIT_ACTS)}
    ),
    "enterprises.creditimport": Desk(
        SECRETARY,
        each("check", SECRETARY),
        {"the workbook": Record(SECRETARY, each("import drop", SECRETARY))},
    ),
    "awards.reviewcase": Desk(SECRETARY, records={"the case": Record(SECRETARY)}),
    "awards.assignment": Desk(
        SECRETARY | EXPERTS,
        records={
            f"the {kind} expert's task": Record(
                SECRETARY | {f"{kind}_expert"}, seat_of(NOBODY if kind == "recused" else {f"{kind}_expert"}), sheet
            )
            for kind, sheet in {
                "done": each("sheet", SECRETARY | {"done_expert"}),
                "sitting": each("sheet", {"sitting_expert"}),
                "undeclared": each("sheet", {"undeclared_expert"}),  # who is led back to declare first
                "recused": each("sheet", NOBODY),
            }.items()
        },
    ),
    "awards.scoringfreeze": Desk(
        SECRETARY | AUDITOR,
        each("freeze", SECRETARY),
        {"the freeze": Record(SECRETARY | AUDITOR, each("lift_freeze restore", SECRETARY))},
    ),
    "awards.reading": Desk(SECRETARY | AUDITOR, records={"a reading": Record(SECRETARY | AUDITOR)}),
    "awards.reviewphase": Desk(
        SECRETARY, records={"a phase": Record(SECRETARY, each("open_phase close_phase reopen_phase", SECRETARY))}
    ),
    "awards.consensus": Desk(
        SECRETARY | EXPERTS,
        each("begin", SECRETARY | EXPERTS),
        {
            "the consensus": Record(
                SECRETARY | PANEL,
                each("close_consensus", HEAD) | each("answer", PANEL) | each("reopen_consensus", SECRETARY),
                each("table", HEAD),
            )
        },
    ),
    "awards.sitevisit": Desk(
        SECRETARY | EXPERTS,
        each("plan", SECRETARY),
        {"the visit": Record(SECRETARY | HEAD, VISIT_ACTS)},
    ),
    "awards.hearing": Desk(
        SECRETARY,
        each("call", SECRETARY),
        {"the hearing": Record(SECRETARY, each("tell_hearing change redraw", SECRETARY))},
    ),
    "awards.hearingcase": Desk(
        SECRETARY | EXPERTS,
        records={
            "the case heard": Record(SECRETARY | PANEL, each("score", PANEL) | each("reopen", SECRETARY)),
        },
    ),
    "awards.feedbackreport": Desk(
        SECRETARY | EXPERTS,
        each("draft release", SECRETARY),
        {
            "the feedback": Record(
                SECRETARY | HEAD,
                each("write hand_in_feedback", HEAD)
                | each("approve_feedback send_back_feedback release_feedback", SECRETARY),
            )
        },
    ),
    "awards.expert": Desk(
        SECRETARY,
        each("enrol import take", SECRETARY),
        {"the pooled expert": Record(SECRETARY, each("update interest void_interest training conduct", SECRETARY))},
    ),
    "awards.engagement": Desk(
        SECRETARY | EXPERTS,
        each("invite pledge_text", SECRETARY),
        {
            f"the {kind} expert's season": Record(SECRETARY | {f"{kind}_expert"}, season_of({f"{kind}_expert"}))
            for kind in ("sitting", "recused")
        }
        | {"a season that is over": Record(SECRETARY, season_of(NOBODY), led_on={"idle_expert"})},
    ),
    "awards.panelproposal": Desk(
        SECRETARY,
        each("propose upload", SECRETARY),
        {"the proposal": Record(SECRETARY, each("apply drop", SECRETARY))},
    ),
    "awards.ranking": Desk(
        SECRETARY,
        each("make make_overall", SECRETARY),
        {"the ranking": Record(SECRETARY, each("shortlist", SECRETARY), each("places", SECRETARY))},
    ),
    "awards.meeting": Desk(
        SECRETARY | COMMITTEE,
        each("call", SECRETARY),
        {
            "the voting meeting": Record(
                SECRETARY | {"member"},
                each(
                    "take_attendance record_recusal open_vote count release_result void_round end_rounds "
                    "close_meeting postpone_meeting cancel_meeting request_minutes",
                    SECRETARY,
                )
                | each("sign_in declare_recusal", {"member"}),
                each("ballot", {"member"}),
            ),
            "the counted meeting": Record(SECRETARY, pages=each("ballot", NOBODY)),
        },
    ),
    "awards.committeeterm": Desk(
        SECRETARY, each("appoint", SECRETARY), {"a term": Record(SECRETARY, each("end_term", SECRETARY))}
    ),
    "awards.notice": Desk(
        SECRETARY | DISTRICTS,
        each("draft", SECRETARY),
        {
            "the notice": Record(SECRETARY | DISTRICTS, NOTICE_ACTS),
            "the draft notice": Record(SECRETARY, NOTICE_ACTS),
        },
    ),
    "awards.objection": Desk(
        SECRETARY,
        each("record", SECRETARY),
        {
            "the objection": Record(
                SECRETARY,
                each("ask propose dismiss uphold send_back withdraw_objection reveal", SECRETARY),
            )
        },
    ),
    "awards.paper": Desk(
        SECRETARY,
        each("draft", SECRETARY),
        {"the paper": Record(SECRETARY, each("edit_paper issue_paper seal_paper drop_paper", SECRETARY))},
    ),
    "awards.texttemplate": Desk(
        SECRETARY, each("set", SECRETARY), {"the text": Record(SECRETARY, each("set", SECRETARY))}
    ),
    "awards.resolution": Desk(
        SECRETARY,
        each("enter", SECRETARY),
        {"the resolution": Record(SECRETARY, each("confirm drop", SECRETARY))},
    ),
    "awards.honour": Desk(SECRETARY | PAYERS, records={"the firm's honour": Record(SECRETARY | PAYERS)}),
    "awards.honourentry": Desk(
        SECRETARY,
        each("enter", SECRETARY),
        {"an entry": Record(SECRETARY, each("confirm drop", SECRETARY))},
    ),
    "awards.honourimport": Desk(
        SECRETARY,
        each("check", SECRETARY),
        {"a list of laureates": Record(SECRETARY, each("take_over_list give_up_list", SECRETARY))},
    ),
    "awards.revocation": Desk(
        SECRETARY,
        each("propose", SECRETARY),
        {
            "the revocation": Record(SECRETARY, REVOCATION_ACTS),
            "the decided revocation": Record(SECRETARY, REVOCATION_ACTS),
        },
    ),
    "awards.clawback": Desk(
        SECRETARY | PAYERS | AUDITOR,
        records={"the clawback": Record(SECRETARY | PAYERS | AUDITOR, each("recover reduce pay_to", MAKER))},
    ),
    "awards.clawbackentry": Desk(
        PAYERS | AUDITOR,
        records={
            "an entry of the clawback": Record(
                PAYERS | AUDITOR,
                each("confirm_clawback_entry reject_clawback_entry", CHECKER) | each("drop_clawback_entry", MAKER),
            )
        },
    ),
    "awards.certificate": Desk(
        SECRETARY,
        each("issue", SECRETARY),
        {
            "the firm's certificate": Record(
                SECRETARY, each("retry propose_replacement", SECRETARY), each("download", SECRETARY)
            )
        },
    ),
    "awards.certificatebatch": Desk(
        SECRETARY,
        each("start", SECRETARY),
        {"the batch of certificates": Record(SECRETARY, each("stop", SECRETARY), each("progress", SECRETARY))},
    ),
    "awards.replacement": Desk(
        SECRETARY,
        records={
            "the certificate's replacement": Record(SECRETARY, each("confirm_replacement drop_replacement", SECRETARY))
        },
    ),
    "awards.certificatetemplate": Desk(
        SECRETARY,
        each("propose", SECRETARY),
        {
            "the certificate template": Record(
                SECRETARY, each("adopt_template drop_template", SECRETARY), each("sample", SECRETARY)
            )
        },
    ),
    "awards.entitlement": Desk(
        SECRETARY | PAYERS | AUDITOR,
        each("entitle", MAKER),
        {"the special sum": Record(SECRETARY | PAYERS | AUDITOR, ENTITLEMENT_ACTS)},
    ),
    "awards.disbursement": Desk(
        PAYERS | AUDITOR,
        each("prepare prepare_many", MAKER) | each("approve_many", CHECKER),
        {"the payment": Record(PAYERS | AUDITOR, PAYMENT_ACTS, each("proof", PAYERS))},
    ),
    "awards.paymentbatch": Desk(
        PAYERS | AUDITOR,
        each("make", MAKER),
        {
            "the batch": Record(
                PAYERS | AUDITOR, each("resend", MAKER), each("file", PAYERS) | each("list", PAYERS | AUDITOR)
            )
        },
    ),
    "awards.resultfile": Desk(
        PAYERS | AUDITOR,
        each("hand_in", PAYERS),
        {"the result": Record(PAYERS | AUDITOR, each("book_result drop_result", PAYERS), each("file", PAYERS))},
    ),
    "awards.resultline": Desk(
        PAYERS | AUDITOR, records={"a difference": Record(PAYERS | AUDITOR, each("resolve", PAYERS))}
    ),
    "awards.budget": Desk(
        PAYERS | AUDITOR, each("open", MAKER), {"the budget": Record(PAYERS | AUDITOR, each("change carry", MAKER))}
    ),
    "awards.ledgertransaction": Desk(
        PAYERS | AUDITOR, records={"a booking": Record(PAYERS | AUDITOR, each("reverse", PAYERS))}
    ),
    "awards.reversal": Desk(
        PAYERS | AUDITOR,
        records={"the reversal": Record(PAYERS | AUDITOR, each("confirm_reversal drop_reversal", PAYERS))},
    ),
    "awards.reconciliation": Desk(
        SECRETARY | PAYERS | AUDITOR,
        each("run", PAYERS | AUDITOR),
        {"a comparison of the books": Record(SECRETARY | PAYERS | AUDITOR)},
    ),
    "awards.subsidyrule": Desk(
        SECRETARY | PAYERS | AUDITOR,
        each("enter", PAYERS),
        {"a subsidy rule": Record(SECRETARY | PAYERS | AUDITOR, each("confirm drop end", PAYERS))},
    ),
    "awards.outsidepayment": Desk(
        PAYERS | AUDITOR,
        each("record", MAKER),
        {"a sum from elsewhere": Record(PAYERS | AUDITOR, each("strike", MAKER))},
    ),
    "enterprises.user": Desk(
        SYSTEM | SECURITY,
        each("create", SYSTEM),
        {"a person": Record(SYSTEM | SECURITY, each("close open", SYSTEM))},
    ),
    "enterprises.rolegrant": Desk(
        SECURITY, each("grant", SECURITY), {"a duty": Record(SECURITY, each("end", SECURITY))}
    ),
    "enterprises.stuckcopy": Desk(SYSTEM, records={"a stuck mail": Record(SYSTEM, each("retry", SYSTEM))}),
    "enterprises.auditevent": Desk(AUDITOR, records={"an act": Record(AUDITOR)}),
}

OF_ENTERPRISES = SECRETARY | DISTRICTS | AUDITOR | SYSTEM | SECURITY
ENTRANCE = [
    Page("admin:index", opens=OFFICE),
    Page("admin:app_list", opens=OFFICE - SYSTEM - SECURITY, more=["awards"], unaware=SYSTEM | SECURITY),
    Page("admin:app_list", opens=OF_ENTERPRISES, more=["enterprises"], unaware=OFFICE - OF_ENTERPRISES),
    Page("admin:jsi18n", opens=OFFICE, way="GET"),
    Page("admin:stuck", opens=SECRETARY | PAYERS | SYSTEM, way="GET"),
    Page("admin:own_reviews", opens=EXPERTS, way="GET"),
]


def office():
    """The pages of the desks, one line each."""
    for label, desk in DESKS.items():
        name = f"admin:{label.replace('.', '_')}"
        yield Page(f"{name}_changelist", opens=desk.lists, way="GET")
        yield from (Page(f"{name}_begin", opens=who, more=[act]) for act, who in desk.begins.items())
        yield Page(f"{name}_begin", opens=NOBODY, unaware=OFFICE, more=[NO_SUCH_ACT])
        yield Page(f"{name}_act", next(iter(desk.records)), NOBODY, unaware=desk.lists, more=[NO_SUCH_ACT])
        for on, record in desk.records.items():
            unaware = desk.lists - record.opens
            yield Page(f"{name}_change", on, record.opens | record.led_on, unaware=unaware, way="GET")
            for act, who in record.acts.items():
                yield Page(f"{name}_act", on, who, unaware=unaware, more=[act])
            for page, who in record.pages.items():
                yield Page(f"{name}_{page}", on, who, unaware=unaware)


PROOFS = [
    Page("admin:awards_districtreview_summary", opens=SECRETARY | DISTRICTS, way="GET"),
    Page(
        "admin:awards_application_differences",
        "the other firm's application",
        HERE,
        unaware=DISTRICTS - HERE,
        more=["2"],
        way="GET",
    ),
    Page(
        "admin:enterprises_organisation_name_evidence",
        "the other firm",
        SECRETARY,
        unaware=DISTRICTS - HERE,
        more=["<a former name>"],
    ),
    Page(
        "admin:awards_districtreview_file",
        "the frozen review",
        HERE,
        unaware=DISTRICTS - HERE,
        more=["<a scan of the district>"],
    ),
    Page(
        "admin:awards_districtreview_file",
        "the frozen review",
        NOBODY,
        unaware=SECRETARY | DISTRICTS,
        more=["<a file of the case>"],
    ),
]
SITTING = {"sitting_expert"}


def scoring(page, who=SITTING, on="the sitting expert's task", **more):
    """A page of one expert's sheet: no other expert knows of it, the secretariat has no business there."""
    return Page(f"admin:awards_assignment_{page}", on, who, unaware=EXPERTS - SITTING, **more)


SCORING = [
    scoring("save", way="POST"),
    scoring("keys", way="POST", posts={"uses_keys": "no"}),
    scoring("find", way="GET"),
    scoring("paper", way="GET", more=["0", "1"]),
    scoring("thumbnail", way="GET", more=["0", "1"]),
    scoring("offline"),
    scoring("workbook", way="GET"),
]
SHEETS = [
    Page("admin:awards_panelproposal_grid", opens=SECRETARY, way="GET"),
    Page("admin:awards_panelproposal_list", opens=SECRETARY, way="GET"),
    Page("admin:awards_expert_sample", opens=SECRETARY, way="GET"),
    Page("admin:awards_expert_export", opens=SECRETARY, way="GET"),
    Page("admin:enterprises_creditrecord_export", opens=SECRETARY, way="GET"),
    Page("admin:enterprises_creditimport_report", "the workbook", SECRETARY, way="GET"),
    Page("admin:enterprises_creditimport_sample", opens=SECRETARY, way="GET"),
]
NUMBERS = [
    Page("admin:awards_ranking_place", "the ranking", SECRETARY, more=["<the firm's honoured application>"]),
    Page("admin:awards_ranking_paper", "the ranking", SECRETARY, more=["<the account of the ranking>"], way="GET"),
    Page(
        "admin:awards_meeting_candidate",
        "the voting meeting",
        SECRETARY | {"member"},
        unaware=COMMITTEE - {"member"},
        more=["<a candidate of the meeting>"],
        way="GET",
    ),
    Page(
        "admin:awards_meeting_round",
        "the counted meeting",
        SECRETARY,
        unaware=COMMITTEE,
        more=["1"],
        posts={"receipt": "A" * 26},
    ),
    Page(
        "admin:awards_meeting_minutes",
        "the counted meeting",
        SECRETARY,
        unaware=COMMITTEE,
        more=["<the minutes of the meeting>"],
        way="GET",
    ),
    Page("admin:awards_reviewcase_calibration", "the honoured edition", SECRETARY, way="GET"),
    Page("admin:awards_reviewcase_export", "the honoured edition", SECRETARY, more=["experts"], way="GET"),
]
DESK = SECRETARY | EXPERTS
OF_REVIEW = [
    Page(
        "admin:awards_assignment_print",
        "the done expert's task",
        SECRETARY | HEAD,
        unaware=DESK - SECRETARY - HEAD,
        way="GET",
    ),
    Page(
        "admin:awards_assignment_print",
        "the sitting expert's task",
        NOBODY,
        unaware=DESK - SECRETARY - {"sitting_expert"},
        way="GET",
    ),
    Page(
        "admin:awards_consensus_minutes",
        "the consensus",
        SECRETARY | PANEL,
        unaware=DESK - SECRETARY - PANEL,
        way="GET",
    ),
    Page("admin:awards_sitevisit_minutes", "the visit", SECRETARY | HEAD, unaware=DESK - SECRETARY - HEAD, way="GET"),
    Page("admin:awards_sitevisit_marks", "the visit", SECRETARY | HEAD, unaware=DESK - SECRETARY - HEAD, way="GET"),
    Page("admin:awards_notice_preview", "the draft notice", SECRETARY, unaware=DISTRICTS, more=["page"], way="GET"),
    Page("admin:awards_objection_file", "the objection", SECRETARY, more=["<a paper of the objection>"], way="GET"),
    Page("admin:awards_objection_reply", "the objection", SECRETARY, more=["docx"], way="GET"),
    Page("admin:awards_paper_download", "the paper", SECRETARY, more=["docx"], way="GET"),
    Page(
        "admin:awards_hearingcase_minutes",
        "the case heard",
        SECRETARY,
        unaware=DESK - SECRETARY - PANEL,
        way="GET",
    ),
    Page(
        "admin:awards_sitevisit_photo",
        "the visit",
        SECRETARY | HEAD,
        unaware=DESK - SECRETARY - HEAD,
        more=["<a photo of the visit>"],
        way="GET",
    ),
]
PAPERS = [
    *(
        Page(f"admin:awards_{kind}_{page}", on, SECRETARY, more=more, way="GET")
        for kind, on in {
            "resolution": "the resolution",
            "honourentry": "an entry",
            "revocation": "the decided revocation",
        }.items()
        for page, more in (("scan", []), ("scan_page", ["1"]))
    ),
    Page(
        "admin:awards_revocation_file",
        "the revocation",
        SECRETARY,
        more=["<a file of the revocation>"],
        way="GET",
    ),
    Page("admin:awards_honourimport_sample", opens=SECRETARY, way="GET"),
]
BOOKS = [
    *(
        Page(f"admin:awards_ledgertransaction_{page}", opens=PAYERS | AUDITOR, more=more, way="GET")
        for page, more in (
            ("trial", []),
            ("trial_paper", []),
            ("payments", []),
            ("statement", ["available"]),
            ("statement_paper", ["returned"]),
            ("export", ["paid", "csv"]),
        )
    ),
    *(
        Page(f"admin:awards_ledgertransaction_{page}", "the firm", PAYERS | AUDITOR, way="GET")
        for page in ("organisation", "organisation_paper")
    ),
]
REVIEWING = [*SCORING, *OF_REVIEW, *NUMBERS]
PAGES = [*PUBLIC, *APPLICANTS, *LEADERSHIP, *ENTRANCE, *office(), *PROOFS, *SHEETS, *PAPERS, *BOOKS, *REVIEWING]

# What only allauth and Django answer: a person's own sign-in, nobody else's records.
OF_SIGN_IN = ("account_", "mfa_", "usersessions_", "socialaccount_", "unified_", "admin:login", "admin:logout")
UNNAMED = {
    "accounts/social/login/cancelled/",
    "accounts/social/login/error/",
    "accounts/social/signup/",
    "accounts/social/connections/",
    "office/(?P<url>.*)$",
}

# --- what stands on the pages --------------------------------------------------------------------------

# Every planted secret, and the only people on whose pages it may ever stand.
SECRETS = {
    "objector": NOBODY,  # shown once, by an act with a reason
    "objector's contact": NOBODY,
    "grounds of the objection": SECRETARY,
    "counted ballot": SECRETARY,
    "uncounted ballot": NOBODY,
    "the firm's bank account": NOBODY,  # shown once, by an act with a reason
    "opinion of a department": HERE,
    "an answer of the firm's draft": FIRM,
    "an answer of the other firm": HERE | {"other_owner"},
    "an answer of the case under review": HERE | READING,
    "praise of the done expert": SECRETARY | {"done_expert"},
    "criticism of the done expert": SECRETARY | {"done_expert"},
    "praise of the sitting expert": {"sitting_expert"},
    "criticism of the sitting expert": {"sitting_expert"},
    "total of the done expert": SECRETARY | {"done_expert"},
    "words of a colleague's sheet": PANEL,
    "discussion of the panel": SECRETARY | PANEL,
    "dissent of a member": SECRETARY | PANEL,
    "minutes of the visit": SECRETARY | HEAD,
    "evidence of the visit": SECRETARY | HEAD,
    "reason of a new mark": SECRETARY | HEAD,
    "words at the hearing": SECRETARY | HEAD,  # the other expert has yet to mark
    "seed of the draw": SECRETARY,
    "draft of the feedback": SECRETARY | HEAD,
    "released feedback": FIRM,
    "text of a message": {"owner", "editor"},
    "facts of the revocation": FIRM | SECRETARY,
    "words of the holder": FIRM | SECRETARY,
    "record of the hearing": SECRETARY,
    "name of the list of laureates": SECRETARY | AUDITOR,  # the trail names what an act was about
    "number of the credit record": SECRETARY | AUDITOR,  # the trail names what an act was about
    "authority of the credit record": SECRETARY,
    "reason of the judgement": SECRETARY | AUDITOR,
    "name of the workbook": SECRETARY | AUDITOR,
    "reason of the freeze": SECRETARY | AUDITOR,
    "reason of the recusal": SECRETARY | AUDITOR,  # the note of an act stands in the trail
    "title of the draft notice": SECRETARY | AUDITOR,  # the trail names what an act was about
} | {
    f"{fact} of the {kind} expert": SECRETARY | own_eyes
    for kind in ("done", "sitting", "undeclared", "recused", "idle")
    for fact, own_eyes in {
        "employer": {f"{kind}_expert"},
        "name": {f"{kind}_expert"} | SYSTEM | SECURITY | AUDITOR,
    }.items()
}

# The only lines of the trail that opening a page may write: who took which paper in hand.
LOGGED_READS = {
    "read_dossier",
    "read_sheet",
    "read_ranking",
    "download_ranking",
    "read_candidate",
    "download_minutes",
    "read_calibration",
    "export_calibration",
    "print_sheet",
    "read_consensus",
    "print_consensus",
    "read_visit",
    "print_visit",
    "read_hearing",
    "print_hearing",
    "read_feedback",
    "download_feedback",
    "read_evidence",
    "download_certificate",
    "download_letter",
    "download_paper",
    "download_reply",
    "read_objection_file",
    "print_summary",
    "export_credit",
    "export_pool",
    "export_panels",
    "read_account_proof",
    "export_books",
    "print_books",
    "print_own_statement",
    "take_batch_file",
    "take_result_file",
    "read_scan",
}
SCRATCH = {"django_session", "portal_cache"}  # what a browser was told, how often an address has asked
