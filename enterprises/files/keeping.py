"""A file chosen in a form that comes back for another reason is kept, so that nobody chooses it a second time.

Browsers empty the field of every page that is drawn anew. The kept file goes along as a signed name, good for an hour
and for whoever uploaded it. Of a form that is given up, it stays behind as a file that nothing refers to, until the
night clears it away (`clear_given_up`).
"""

from crispy_forms.layout import Hidden
from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from .actions import keep_for_a_form, store_pdf
from .checks import BadFile, refused_at
from .forms import PdfField
from .models import StoredFile

SALT, AN_HOUR = "kept-file", 3600


class KeptFileInput(forms.FileInput):
    """Gives the file chosen now, else the signed name of the one that is here already."""

    def value_from_datadict(self, data, files, name):
        return super().value_from_datadict(data, files, name) or data.get(f"{name}-kept")


class KeptPdfField(PdfField):
    """One PDF to upload: a new one, or the one `keep` has kept."""

    widget = KeptFileInput

    def clean(self, data, initial=None):
        return super().clean(data, initial) if isinstance(data, UploadedFile) else _known(data) or super().clean(None)


def _known(token):
    """The kept file of a signed name; None for anything else. One query where the name is ours."""
    try:
        pk, uploaded_by = signing.loads(token or "", salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=pk, uploaded_by=uploaded_by).first()


def stored(chosen, field, *, by):
    """The file of a form's field, stored now or kept from before. Refused at the field when it is not taken."""
    with refused_at(field):
        if not isinstance(chosen, StoredFile):
            return store_pdf(chosen, by=by)
        if chosen.uploaded_by_id != by.pk:
            raise BadFile("这份文件不是您上传的，请重新选择。")
    return chosen


def keep(form, field, *, by):
    """Before a form comes back, keep the file chosen in it, if there is one and it is taken."""
    chosen = form.cleaned_data.get(field)
    if isinstance(chosen, UploadedFile):
        chosen.seek(0)
    if chosen is not None:
        try:
            chosen = keep_for_a_form(chosen, by=by)
        except BadFile as bad:
            form.add_error(field, str(bad))
            return
        name = signing.dumps([chosen.pk, chosen.uploaded_by_id], salt=SALT)
        form.helper.layout.append(Hidden(f"{field}-kept", name))
        form[field].help_text = f"已收到“{chosen.name}”，不必重新选择；要换一份的，再选一次"
