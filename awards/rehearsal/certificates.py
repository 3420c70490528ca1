"""Certificates in the rehearsal: one is lost, and another person confirms the new one."""

from awards.certificates import actions as certifying
from awards.certificates.models import Certificate

LOSES_IT = -3  # the last two are honoured by the supplementary document; the revoked one is another as well


def reissue(season):
    """A winner of the first approval has lost the certificate: one officer proposes, another confirms."""
    lost = season.honours[LOSES_IT].certificate
    with season.at("supplement", hours=2):
        proposal = certifying.propose_replacement(
            lost, by=season.users["secretariat"], kind="reissue", reason="演练：单位搬迁时遗失原件"
        )
        new = certifying.confirm_replacement(proposal, by=season.users["secretariat_second"]).new
    season._watch("换发", Certificate.objects.filter(pk=new.pk, state=Certificate.State.QUEUED), 1)
    season.voice.say(f"换发证书：{lost.number} → {new.number}")
