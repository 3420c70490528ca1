"""Certificates in the rehearsal: one is lost, and another person confirms the new one."""

from awards.certificates import actions as certifying
from awards.certificates.models import Certificate


def reissue(season):
    """The last winner has lost the certificate: one officer proposes, another confirms."""
    lost = Certificate.objects.filter(edition=season.edition).exclude(valid_for=None).order_by("sequence").last()
    with season.at("supplement", hours=2):
        proposal = certifying.propose_replacement(
            lost, by=season.users["secretariat"], kind="reissue", reason="演练：单位搬迁时遗失原件"
        )
        new = certifying.confirm_replacement(proposal, by=season.users["secretariat_second"]).new
    season._watch("换发", Certificate.objects.filter(pk=new.pk, state=Certificate.State.QUEUED), 1)
    season.voice.say(f"换发证书：{lost.number} → {new.number}")
