"""Whoever the first approval left: one examined and cleared, one proposed by another vote. Approved by a
supplementary document, certified."""

from awards.publicity import actions as publicising

from . import revoking


def approve(season):
    """The objection is dismissed after the first approval and the second notice ends; a document of its own then
    honours both."""
    season.stage("cleared", "异议办结，补充批准")
    with season.at("cleared"):
        by, second = season.users["secretariat"], season.users["secretariat_second"]
        finding = "该证书在申报时有效，异议不成立。"
        publicising.propose_finding(season.undecided, by=by, outcome="dismissed", finding=finding)
        publicising.dismiss(season.undecided, by=second)
    with season.at("supplement"):
        number = f"演府〔{season.year}〕{season.serial + 200}号"
        season.supplement = revoking.approve(season, number=number, title="补充表彰", on="supplement")
    season.honours += season.supplement.honours.select_related("organisation")
    season.voice.say(f"{number}：补充批准 {season.supplement.honours.count()} 家，本届共 {len(season.honours)} 家获奖")
    season.certify("supplement")
