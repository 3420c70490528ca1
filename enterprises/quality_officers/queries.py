def officers_of(organisation):
    """Everybody who is or was chief quality officer, newest first. One query."""
    return list(organisation.quality_officers.all())


def officer_in_words(officer):
    """A chief quality officer in one line for the dossier; empty without one. No query."""
    if officer is None:
        return ""
    parts = [str(officer), f"{officer.appointed_on} 任命"]
    if officer.trained_on:
        parts.append(f"{officer.trained_on} 培训合格")
    if officer.certificate_number:
        parts.append(f"证书编号 {officer.certificate_number}")
    return "，".join(parts)
