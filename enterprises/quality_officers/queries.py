def officers_of(organisation):
    """Everybody who is or was chief quality officer, newest first. One query."""
    return list(organisation.quality_officers.all())


def officer_in_words(organisation):
    """Today's chief quality officer in one line for the dossier, or empty. One query."""
    officer = organisation.quality_officers.filter(ended_on=None).first()
    if officer is None:
        return ""
    parts = [str(officer), f"{officer.appointed_on} 任命"]
    if officer.trained_on:
        parts.append(f"{officer.trained_on} 培训合格")
    if officer.certificate_number:
        parts.append(f"证书编号 {officer.certificate_number}")
    return "，".join(parts)
