from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from .kinds import KINDS, words

MEGABYTE = 1024 * 1024
MISSING = "请先选择文件。没有保存。"
EMPTY = "文件是空的，没有保存。请重新导出后上传。"


class PaperField(forms.FileField):
    """One file to upload, of an accepted kind. Judges only its size; what it really is, the action finds out."""

    widget = forms.FileInput

    def __init__(self, *, accepted=("pdf",), max_megabytes=None, **kwargs):
        self.max_bytes = min((max_megabytes or 10**6) * MEGABYTE, settings.UPLOAD_MAX_BYTES)
        messages = {"required": MISSING, "missing": MISSING, "empty": EMPTY}
        hint = f"{words(accepted)}，不超过 {self.max_bytes // MEGABYTE} MB"
        super().__init__(**{"help_text": hint, "error_messages": messages} | kwargs)
        self.widget.attrs["accept"] = ",".join(
            part for key in accepted for part in (KINDS[key].content_type, *KINDS[key].suffixes)
        )

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile) and upload.size > self.max_bytes:
            size, most = upload.size / MEGABYTE, self.max_bytes // MEGABYTE
            text = f"文件有 {size:.1f} MB，超过 {most} MB 的上限，没有保存。请压缩或拆分后上传。"
            raise forms.ValidationError(text, code="too_large")
        return upload


class PdfField(PaperField):
    """One PDF to upload."""


class ManyFilesInput(forms.FileInput):
    """A field in which several files can be picked at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else [files[name]] if name in files else []


class PapersField(PaperField):
    """Several files to upload at once, of accepted kinds."""

    widget = ManyFilesInput
    MOST = 10

    def clean(self, data, initial=None):
        if len(data) > self.MOST:
            raise forms.ValidationError(f"一次最多选 {self.MOST} 个文件，没有保存。请分几次上传。", code="too_many")
        return [super(PapersField, self).clean(upload, initial) for upload in data or [None]]
