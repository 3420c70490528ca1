"""The staff's and experts' workplace: Django's admin, read-only by default, changed only through acts.

An `Act` is one button: its form, the action it calls, the sentence said afterwards. On a record's
page the buttons are exactly the steps open to this person; on a list they are what this person may
begin. Each act has its own page, and only a POST changes anything. A `Todo` is one line of 我的工作,
counted by the very list it opens.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from allauth.account.decorators import secure_admin_login
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from crispy_forms.layout import Submit
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import EmptyResultSet, PermissionDenied
from django.db import connection, models
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from foshan_quality.empty_lists import SAYS
from foshan_quality.lib.problems import Problem, Refused, WrongState
from foshan_quality.lib.sheets import XLSX
from foshan_quality.office_forms import ActForm
from foshan_quality.permissions import Permission, Role

__all__ = [
    "Act",
    "Office",
    "OfficeAdmin",
    "OfficeInline",
    "OfficePage",
    "Todo",
    "column",
    "day_column",
    "figures",
    "page_of",
    "record_page",
    "spreadsheet",
    "yuan_column",
]

# The menu, in the order of the process: heading → models by label.
MENU = {
    "启动": [
        "awards.edition",
        "awards.calendarday",
        "awards.rubric",
        "awards.checklistitem",
        "awards.letterwording",
    ],
    "申报与审查": ["awards.application", "awards.districtreview", "awards.letter", "enterprises.organisation"],
    "信用核查": ["awards.creditfinding", "enterprises.creditrecord", "enterprises.creditimport"],
    "评审": [
        "awards.reviewcase",
        "awards.reviewphase",
        "awards.assignment",
        "awards.consensus",
        "awards.sitevisit",
        "awards.hearing",
        "awards.hearingcase",
        "awards.feedbackreport",
        "awards.panelproposal",
        "awards.engagement",
        "awards.expert",
        "awards.scoringfreeze",
        "awards.reading",
    ],
    "排名与表决": ["awards.ranking", "awards.meeting", "awards.committeeterm"],
    "公示与批准": [
        "awards.notice",
        "awards.objection",
        "awards.paper",
        "awards.texttemplate",
        "awards.resolution",
        "awards.honour",
        "awards.honourentry",
        "awards.honourimport",
        "awards.revocation",
    ],
    "证书": ["awards.certificate", "awards.certificatebatch", "awards.replacement", "awards.certificatetemplate"],
    "资金": [
        "awards.entitlement",
        "awards.disbursement",
        "awards.paymentbatch",
        "awards.resultfile",
        "awards.resultline",
        "awards.clawback",
        "awards.clawbackentry",
        "awards.budget",
        "awards.ledgertransaction",
        "awards.reversal",
        "awards.reconciliation",
        "awards.subsidyrule",
        "awards.outsidepayment",
    ],
    "人员与审计": ["enterprises.user", "enterprises.rolegrant", "enterprises.stuckcopy", "enterprises.auditevent"],
}


@dataclass(frozen=True)
class OfficePage:
    """A page of the office that is about no one kind of record. `view(request)` checks the duty itself.

    `waiting(user)` gives its lines of 我的工作: label and the rows that wait. Whoever it `is_for` finds it there by its
    label at any time.
    """

    route: str
    name: str
    view: Callable
    waiting: Callable = lambda user: []
    label: str = ""
    is_for: Callable = lambda user: False


class Office(admin.AdminSite):
    site_title = "佛山市政府质量奖办公平台"
    site_header = "佛山市政府质量奖 · 办公平台"
    index_title = "我的工作"
    index_template = "awards/my_work.html"
    enable_nav_sidebar = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pages, self.menus = [], {}

    def add_page(self, page):
        """A page of no one record, named admin:<name>."""
        self.pages.append(page)

    def has_permission(self, request):
        return request.user.is_authenticated and request.user.has_perm(Permission.OFFICE_ENTER)

    def admin_view(self, view, cacheable=False):
        """Keep out whoever has no duty here."""
        guarded = super().admin_view(view, cacheable)

        def entered(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(Permission.OFFICE_ENTER)
            return guarded(request, *args, **kwargs)

        return entered

    def register(self, model_or_iterable, admin_class=None, **options):
        """Only our own records have a window here; what packages bring for the stock admin stays out."""
        if admin_class is not None and issubclass(admin_class, OfficeAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self):
        """The stock pages without those that our sign-in and our read-only records do not need."""
        left_out = {"password_change", "password_change_done", "autocomplete", "view_on_site"}
        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in self.pages]
        return own + [page for page in super().get_urls() if getattr(page, "name", None) not in left_out]

    def get_app_list(self, request, app_label=None):
        """The menu in the order of the process instead of by app: worked out once for all who hold the same duties."""
        if app_label:
            return super().get_app_list(request, app_label)
        duties = frozenset(request.user.roles if self.has_permission(request) else ())
        if duties not in self.menus:
            self.menus[duties] = self.menu_of(super().get_app_list(request))
        return self.menus[duties]

    def menu_of(self, apps):
        """What a person may list, by the headings of the process."""
        by_label = {
            f"{app['app_label']}.{model['object_name'].lower()}": model for app in apps for model in app["models"]
        }
        groups = []
        for heading, labels in MENU.items():
            models = [by_label[label] for label in labels if label in by_label]
            if models:
                groups.append({"name": heading, "app_label": heading, "app_url": "", "models": models})
        return groups

    def index(self, request, extra_context=None):
        """我的工作: what waits for this person, counted in one query, only lines of the person's roles."""
        admins = {f"{model._meta.label_lower}": model_admin for model, model_admin in self._registry.items()}
        ordered = [admins[label] for labels in MENU.values() for label in labels if label in admins]
        lines = [line for model_admin in ordered for line in model_admin.waiting(request)]
        for page in self.pages:
            url = reverse(f"admin:{page.name}")
            lines += [{"label": label, "rows": rows, "url": url} for label, rows in page.waiting(request.user)]
        counts = counted([line["rows"] for line in lines])
        waiting = [line | {"count": count} for line, count in zip(lines, counts, strict=True) if count]
        pages = [(page.label, reverse(f"admin:{page.name}")) for page in self.pages if page.is_for(request.user)]
        return super().index(request, {"waiting": waiting, "pages": pages} | (extra_context or {}))

    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        """Signing in is allauth's, with its rate limits and second factor."""
        return secure_admin_login(super().login)(request, extra_context)


@dataclass(frozen=True)
class Act:
    """One button of the office.

    `run(record, by=…, **form)` is the action. `permission` is needed only where the act is not a workflow
    step; `when` hides it where it makes no sense; `hindrance` says why this person cannot do it now, and
    then stands in the button's place. `asks_again` wants the password or second factor once more, not longer ago
    than the setting allows. `answer` is a template shown once with the result instead of going
    back to the record. An act of a list that only another page leads to has no button there: not `is_listed`. One that
    undoes, repeats or leads aside (another paper, a look) is never the record's main button: `is_aside`.
    """

    label: str
    run: Callable
    form: type[ActForm] = ActForm
    permission: Permission | None = None
    when: Callable[[object], bool] = lambda record: True
    hindrance: Callable[[object, object], str] = lambda record, user: ""
    done: str = "已完成。"
    warning: str | Callable[[object], str] = ""
    is_grave: bool = False
    asks_again: bool = False
    back_to_list: bool = False
    template: str = "admin/act.html"
    answer: str = ""
    is_listed: bool = True
    is_aside: bool | Callable[[object], bool] = False

    def leads_aside(self, record):
        """Whether it is done beside the record's own way, as the record stands."""
        return self.is_aside(record) if callable(self.is_aside) else self.is_aside


def spreadsheet(content, name):
    """An .xlsx file to download; no office page is kept by browsers."""
    disposition = content_disposition_header(True, f"{name}.xlsx")
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


@dataclass(frozen=True)
class Todo:
    """One line of 我的工作: the records that wait for whoever holds the role. `pick(records, user)` finds them."""

    label: str
    role: Role
    pick: Callable


class TodoFilter(admin.SimpleListFilter):
    """The list behind a line of 我的工作."""

    title, parameter_name = "我的待办", "todo"

    def lookups(self, request, model_admin):
        return [(name, todo.label) for name, todo in model_admin.todos_of(request.user).items()]

    def queryset(self, request, queryset):
        todo = self.todos.get(self.value())
        return todo.pick(queryset, request.user) if todo else queryset

    def __init__(self, request, params, model, model_admin):
        self.todos = model_admin.todos_of(request.user)
        super().__init__(request, params, model, model_admin)


def counted(querysets):
    """How many rows each of them has. One query for all."""
    parts, values = [], []
    for rows in querysets:
        try:
            sql, params = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            sql, params = "SELECT 1 WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS waiting)")  # noqa: S608  SQL of the ORM
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())


def page_of(label, key):
    """The address of a record's page by its model (app_model) and key; "" for records that have none here."""
    try:
        return reverse(f"admin:{label}_change", args=[key])
    except NoReverseMatch:
        return ""


def record_page(user, record):
    """The address of a record's page for whoever has the duty to see such records, "" for others."""
    app, model = record._meta.app_label, record._meta.model_name
    return page_of(f"{app}_{model}", record.pk) if user.has_perm(f"{app}.view_{model}") else ""


def column(source, label, *, order=None):
    """A column or a fact read along a path of attributes (methods are called). Never a link, yes or no in words."""
    read = attrgetter(source)

    def shown(record):
        value = read(record)
        value = value() if callable(value) else value
        if value is None:
            return "—"
        return ("否", "是")[value] if isinstance(value, bool) else value

    shown.__name__ = source.replace(".", "_")
    shown.short_description, shown.admin_order_field = label, order
    return shown


def yuan_column(source, label="金额（元）", *, order=None):
    """A sum with its thousands parted; `order` is what a list is sorted by where the sum is no field of the table.

    Its name ends in _yuan, by which lists and their headings put it to the right.
    """
    read = attrgetter(source)

    def shown(record):
        value = read(record)
        return "—" if value is None else format_html('<span class="number">{}</span>', f"{value:,.2f}")

    shown.__name__ = f"{source.replace('.', '_')}_yuan"
    shown.short_description, shown.admin_order_field = label, order or source.replace(".", "__")
    return shown


def figures(value):
    """A day, or a moment to the minute, for a narrow column, which breaks it only between day and time."""
    value, time = (localtime(value), f" {localtime(value):%H:%M}") if isinstance(value, datetime) else (value, "")
    return format_html('<span class="nowrap">{}</span>{}', f"{value:%Y-%m-%d}", time)


def day_column(source, label, *, order=None):
    """A day, or a moment to the minute, in figures: short enough for a list."""
    read = attrgetter(source)

    def shown(record):
        value = read(record)
        return "—" if value is None else figures(value)

    shown.__name__ = source.replace(".", "_")
    shown.short_description, shown.admin_order_field = label, order or source.replace(".", "__")
    return shown


class OfficeInline(admin.TabularInline):
    """Rows that belong to a record, shown with it and never edited."""

    empty_value_display = "—"
    extra = max_num = 0
    can_delete = False

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def in_figures(model, name):
    """The column of a list; a day or a moment that is a field of the table in figures."""
    found = next((field for field in model._meta.concrete_fields if field.name == name), None)
    return day_column(name, found.verbose_name) if isinstance(found, models.DateField) else name


class OfficeAdmin(admin.ModelAdmin):
    """A window on the records a person may see, and the acts open to that person. Nothing else writes."""

    acts: dict[str, Act] = {}
    list_acts: dict[str, Act] = {}
    todos: dict[str, Todo] = {}
    workflow = None  # the model's own, unless the stage says otherwise
    actions = None
    list_per_page = 50
    show_full_result_count = False
    empty_value_display = "—"
    view_on_site = False
    change_form_template = "admin/record.html"
    change_list_template = "admin/records.html"

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        self.list_display = [in_figures(model, name) for name in self.list_display]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        records = super().get_queryset(request)
        return records.visible_to(request.user) if hasattr(records, "visible_to") else records

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        return [TodoFilter, *filters] if self.todos_of(request.user) else filters

    def lookup_allowed(self, lookup, value, request):
        """Only the filters a list offers: another lookup would ask for what the list does not show."""
        filters = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        offered = [getattr(item, "parameter_name", item) for item in [*filters, self.date_hierarchy] if item]
        is_offered = any(lookup == name or lookup.startswith(f"{name}{LOOKUP_SEP}") for name in offered)
        return is_offered and super().lookup_allowed(lookup, value, request)

    def fetch(self, request, object_id):
        """The record: 403 without the duty to see such records at all, 404 for whoever may not know of this one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        return record

    def get_object(self, request, object_id, from_field=None):
        """The record, read once for a page: its acts and what the stock page shows are of one reading."""
        kept = request.__dict__.setdefault("records", {})
        key = self.model, str(object_id)
        if key not in kept:
            kept[key] = super().get_object(request, object_id, from_field)
        return kept[key]

    @admin.display(description="状态", ordering="state")
    def state_mark(self, record):
        return format_html('<span class="state state-{}">{}</span>', record.state, record.get_state_display())

    # --- what waits -------------------------------------------------------------------------------
    def todos_of(self, user):
        return {name: todo for name, todo in self.todos.items() if todo.role in user.roles}

    def waiting(self, request):
        """The lines of 我的工作 about these records: label, the rows that wait, and address. No query."""
        records = self.get_queryset(request)
        return [
            {
                "label": todo.label,
                "rows": todo.pick(records, request.user),
                "url": f"{self.list_url()}?todo={name}",
            }
            for name, todo in self.todos_of(request.user).items()
        ]

    # --- which acts -------------------------------------------------------------------------------
    def step_of(self, name):
        workflow = self.workflow or getattr(self.model, "workflow", None)
        return workflow.steps.get(name) if workflow else None

    def open_acts(self, user, record):
        """The acts on this record open to this person now, by name."""
        return {name: act for name, act in self.acts.items() if self.is_open(name, act, user, record)}

    def is_open(self, name, act, user, record):
        step = self.step_of(name)
        if step and record.state not in step.sources:
            return False
        return user.has_perm(step.permission if step else act.permission, record) and act.when(record)

    def begun_acts(self, user):
        """What this person may begin from the list, by name."""
        return {name: act for name, act in self.list_acts.items() if user.has_perm(act.permission)}

    # --- pages ------------------------------------------------------------------------------------
    def get_urls(self):
        return [
            self.page("begin/<slug:name>/", self.begin_view, "begin"),
            self.page("<path:object_id>/do/<slug:name>/", self.act_view, "act"),
            *(page for page in super().get_urls() if page.name in {f"{self.label}_changelist", f"{self.label}_change"}),
        ]

    def page(self, route, view, name, *, cacheable=False):
        """A page beside the stock ones, named admin:<app>_<model>_<name>; browsers keep it only if told so."""
        return path(route, self.admin_site.admin_view(view, cacheable), name=f"{self.label}_{name}")

    @property
    def label(self):
        return f"{self.opts.app_label}_{self.opts.model_name}"

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        record = self.fetch(request, object_id)
        acts = self.open_acts(request.user, record)
        hindrances = {name: act.hindrance(record, request.user) for name, act in acts.items()}
        context = {
            "title": self.opts.verbose_name,
            "acts": [(name, act, self.act_url(record, name)) for name, act in acts.items() if not hindrances[name]],
            "main_act": self.main_act(record, [name for name in acts if not hindrances[name]]),
            "hindrances": [(acts[name].label, why) for name, why in hindrances.items() if why],
            "main_link": self.main_link(request, record),
            "links": self.record_links(request, record),
            "related": [
                (label, str(found), record_page(request.user, found)) for label, found in self.related(request, record)
            ],
        }
        context |= self.record_context(request, record) | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    @method_decorator(require_safe)
    def changelist_view(self, request, extra_context=None):
        begun = self.begun_acts(request.user).items()
        acts = [(act, self.begin_url(name)) for name, act in begun if act.is_listed]
        links = self.list_links(request)
        context = {"title": self.opts.verbose_name_plural, "list_acts": acts, "list_links": links}
        return super().changelist_view(request, context | (extra_context or {}))

    def record_context(self, request, record):
        """More for the record's page; stages fill it in."""
        return {}

    def main_act(self, record, names):
        """Which of these acts is next on the record, by name; None where all of them are grave or aside."""
        return next(
            (name for name in names if not (self.acts[name].is_grave or self.acts[name].leads_aside(record))), None
        )

    def main_link(self, request, record):
        """The page this person wants most from here, as (label, url), before all acts; stages fill it in."""
        return ()

    def record_links(self, request, record):
        """Pages about the record beside its acts, as (label, url); stages fill it in."""
        return []

    def related(self, request, record):
        """Records that belong to this one, as (label, record); linked for whoever may see them. Stages fill it in."""
        return []

    def list_links(self, request):
        """Pages beside what may be begun from the list, as (label, url); stages fill it in."""
        return []

    def act_url(self, record, name):
        return reverse(f"admin:{self.label}_act", args=[record.pk, name])

    def begin_url(self, name):
        return reverse(f"admin:{self.label}_begin", args=[name])

    def record_url(self, record):
        return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])

    def list_url(self):
        return reverse(f"admin:{self.label}_changelist")

    @property
    def says_when_empty(self):
        """What will stand in this list, and how it comes there."""
        return SAYS.get(self.opts.label_lower, "")

    def begin_view(self, request, name):
        """A new record, by an act of the list."""
        act = self.list_acts.get(name)
        if act is None:
            raise Http404
        if not request.user.has_perm(act.permission):
            raise PermissionDenied
        return self.run_act(request, act, None)

    def act_view(self, request, object_id, name):
        """One act on one record: strangers 404, without the duty 403, too late a sentence."""
        record, act = self.fetch(request, object_id), self.acts.get(name)
        if act is None:
            raise Http404
        if not self.is_open(name, act, request.user, record):
            return self.closed_act(request, act, record, name)
        return self.run_act(request, act, record)

    def closed_act(self, request, act, record, name):
        step = self.step_of(name)
        if not request.user.has_perm(step.permission if step else act.permission, record):
            raise PermissionDenied
        messages.error(request, f"现在不能“{act.label}”：{record}的状态已经改变。没有改动任何内容。")
        return redirect(self.record_url(record))

    def run_act(self, request, act, record):
        if act.asks_again and is_reauthentication_required(request, app="office"):
            raise ReauthenticationRequired
        form, is_refused = self.act_form(request, act, record), False
        if request.method == "POST" and form.is_valid():
            try:
                result = act.run(*([record] if record else []), by=request.user, **form.cleaned_data)
            except (Refused, WrongState) as refusal:
                is_refused = True
                for problem in getattr(refusal, "problems", [Problem("late", str(refusal))]):
                    form.add_error(form.place_of(problem), problem.text)
            else:
                return self.answer_act(request, act, record, result)
        context = self.act_context(request, act, record, form)
        return TemplateResponse(request, act.template, context, status=409 if is_refused else 200)

    def answer_act(self, request, act, record, result):
        """Say what was done and go to the record; or show the result once (no office page is kept by browsers)."""
        if act.answer:
            context = self.act_context(request, act, record, None) | {"result": result}
            return TemplateResponse(request, act.answer, context)
        messages.success(request, act.done)
        target = None if act.back_to_list else record or result
        is_shown = hasattr(target, "_meta") and self.admin_site.is_registered(type(target))
        return redirect(self.record_url(target) if is_shown else self.list_url())

    def act_context(self, request, act, record, form):
        return {
            **self.admin_site.each_context(request),
            "title": act.label,
            "act": replace(act, warning=act.warning(record) if callable(act.warning) else act.warning),
            "record": record,
            "form": form,
            "opts": self.opts,
            "back": self.record_url(record) if record else self.list_url(),
            "media": self.media + form.media if form else self.media,
        }

    def act_form(self, request, act, record):
        """The act's form; values in the address only fill it in beforehand."""
        initial = {name: value for name, value in request.GET.items() if name in act.form.base_fields}
        handed_in = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form = act.form(*handed_in, record=record, user=request.user, initial=initial)
        form.helper.add_input(Submit("do", act.label, css_class="btn-danger" if act.is_grave else "btn-primary"))
        return form
