"""The leaders' page put together: figures from their lists, charts, sentences that ask for attention."""

from django.urls import reverse

from awards.certificates.models import Certificate
from awards.decisions.queries import newest_ranking
from awards.process import State
from awards.programmes.models import Edition
from awards.subsidies.plans.instalments import replaced

from . import charts, queries
from .figures import FUNNEL, PAYMENTS, RECOVERIES, by_district, by_industry, in_stage, score_spread, total, wan

STAGES = ["公告", "申报", "评审", "公示", "表彰", "证书", "资金"]
POSITION = {
    Edition.State.PUBLISHED: 0,
    Edition.State.OPEN: 1,
    Edition.State.REVIEW: 2,
    Edition.State.PUBLICITY: 3,
    Edition.State.AWARDED: 5,
}


def issued(edition):
    """Certificates that have been drawn. One query."""
    return [c for c in queries.certificates(edition) if c.state == Certificate.State.DRAWN]


def _stage_list(slug):
    return lambda edition: in_stage(queries.season_applications(edition), slug)


LISTS = {slug: _stage_list(slug) for slug in FUNNEL} | {
    "certificates": issued,
    "objections": queries.open_objections,
    "deferred": lambda edition: deferred(edition, queries.season_applications(edition)),
}


def titles():
    """What each list is called."""
    return {slug: f"{stage.label}的申报" for slug, stage in FUNNEL.items()} | {
        "certificates": "已签发的证书",
        "objections": "待核查的异议",
        "deferred": "待补充批准的单位",
    }


def season(edition):
    """Everything the page says about one edition. Five queries, any size."""
    applications = queries.season_applications(edition)
    certificates = queries.certificates(edition)
    objections = queries.open_objections(edition)
    ranking = newest_ranking(edition)
    submitted = in_stage(applications, "submitted")
    funnel = [(stage, in_stage(applications, slug)) for slug, stage in FUNNEL.items()]
    drawn = [c for c in certificates if c.state == Certificate.State.DRAWN]
    waiting = deferred(edition, applications)
    return {
        "stages": _stages(edition, len(drawn), len(in_stage(applications, "honoured")), waiting),
        "quota_note": f"名额上限 {edition.settled['quota']} 家，可以空缺",
        "figures": [
            *(_figure(edition, slug, len(rows), "家") for slug, rows in _carded(funnel)),
            _figure(edition, "certificates", len(drawn), "张"),
            _figure(edition, "objections", len(objections), "件"),
            *([_figure(edition, "deferred", len(waiting), "家")] if waiting else []),
        ],
        "funnel": _block(
            "申报到获奖各环节的单位数",
            [(stage.label, len(rows), _link(edition, stage.slug)) for stage, rows in funnel],
        ),
        "districts": _block(
            "各区提交申报数",
            [(name, n, _link(edition, "submitted", district=code)) for code, name, n in by_district(submitted)],
        ),
        "industries": _block(
            "各行业提交申报数",
            [(name, n, _link(edition, "submitted", industry=name)) for name, n in by_industry(submitted)],
        ),
        "scores": _scores(ranking, edition.rubric.total),
        "ranking": ranking,
        "parked": sum(c.state == Certificate.State.PARKED for c in certificates),
        "objections": len(objections),
        "deferred": len(waiting),
    }


def deferred(edition, applications):
    """Those an awarded edition has not decided on yet. No query."""
    is_awarded = edition.state == Edition.State.AWARDED
    return [a for a in applications if is_awarded and a.state == State.PUBLICISED]


def _carded(funnel):
    return [(stage.slug, rows) for stage, rows in funnel if stage.slug in {"submitted", "accepted", "honoured"}]


def _figure(edition, slug, value, unit):
    others = {"certificates": "已签发证书", "objections": "待核查异议", "deferred": "待补充批准"}
    label = FUNNEL[slug].label if slug in FUNNEL else others[slug]
    return {"slug": slug, "label": label, "value": value, "unit": unit, "url": _link(edition, slug)}


def _link(edition, slug, **query):
    return reverse("dashboard_list", args=[edition.pk, slug], query=query or None)


def _block(title, rows):
    """A chart and the table under it. `rows` are (label, count, address of the list)."""
    return {"chart": charts.horizontal(title, [(label, n) for label, n, _url in rows]), "rows": rows}


def _scores(ranking, full):
    if ranking is None:
        return None
    spread = score_spread(ranking.rows, full)
    return {"spread": spread, "chart": charts.columns(f"平均总分的分布（每 {spread.band} 分一档）", spread.bands)}


def _stages(edition, drawn, honoured, waiting):
    position = POSITION[edition.state]
    if position == 5 and drawn >= honoured > 0 and not waiting:
        position = 6
    return [
        {"name": name, "kind": "done" if n < position else "now" if n == position else "later"}
        for n, name in enumerate(STAGES)
    ]


def money(year):
    """The year's funds and sums. Two queries, any size."""
    funds = queries.budgets(year)
    payments = queries.payments(year)
    sums = [_sum(year, kind, payments) for kind in PAYMENTS.values()]
    owed_back = [_owed_back(year, kind, queries.clawbacks(payments)) for kind in RECOVERIES.values()]
    return {
        "budget": wan(total(funds, key=lambda fund: fund.total)),
        "remaining": wan(total(funds, key=lambda fund: fund.remaining)),
        "sums": sums + owed_back,
        "funds": [_fund(fund, payments) for fund in funds],
        "returned": len(came_back(payments)),
    }


def came_back(payments):
    """Those that were returned and are not being paid anew."""
    anew = replaced(payments)
    return [payment for payment in payments if payment.state == payment.State.RETURNED and payment.pk not in anew]


def _sum(year, kind, payments):
    rows = [payment for payment in payments if payment.state in kind.states]
    url = reverse("dashboard_payments", args=[year, kind.slug])
    return {"slug": kind.slug, "label": kind.label, "value": wan(total(rows)), "count": len(rows), "url": url}


def _owed_back(year, kind, clawbacks):
    url = reverse("dashboard_payments", args=[year, kind.slug])
    return {"slug": kind.slug, "label": kind.label, "value": wan(total(clawbacks, key=kind.amount)), "url": url}


def _fund(fund, payments):
    """One fund's line: total, reserved, then paid, owed back and returned from its payments, in 万元."""
    own = [payment for payment in payments if payment.budget_id == fund.pk]
    parts = {slug: wan(total([p for p in own if p.state in kind.states])) for slug, kind in PAYMENTS.items()}
    parts |= {slug: wan(total(queries.clawbacks(own), key=kind.amount)) for slug, kind in RECOVERIES.items()}
    return {"fund": fund, "total": wan(fund.total), "remaining": wan(fund.remaining), **parts}


def attention(season, money, waiting):
    """What wants a leader's eye, in sentences; nothing when all is quiet."""
    counts = {
        "{} 笔专项资金等待授权。": len(waiting),
        "{} 件异议正在核查。": season["objections"] if season else 0,
        "{} 家单位公示后待补充批准。": season["deferred"] if season else 0,
        "{} 张证书未能生成，秘书处正在处理。": season["parked"] if season else 0,
        "{} 笔拨付被退汇。": money["returned"] if money else 0,
    }
    return [sentence.format(count) for sentence, count in counts.items() if count]
