from django import forms
from django.conf import settings


class PdfField(forms.FileField):
    """One PDF to upload. Judges only its size; what it really is, the action finds out."""

    widget = forms.FileInput

    def __init__(self, **kwargs):
        limit = settings.UPLOAD_MAX_BYTES // 1024 // 1024
        messages = {
            "required": "请先选择文件，再点上传。没有保存。",
            "missing": "请先选择文件，再点上传。没有保存。",
            "empty": "文件是空的，没有保存。请重新导出后上传。",
        }
        super().__init__(help_text=f"PDF，不超过 {limit} MB", error_messages=messages, **kwargs)
        self.widget.attrs["accept"] = "application/pdf"

    def clean(self, data, initial=None):
        upload = super().clean(data, initial)
        limit = settings.UPLOAD_MAX_BYTES
        if upload and upload.size > limit:
            size, most = upload.size / 1024 / 1024, limit // 1024 // 1024
            text = f"文件有 {size:.1f} MB，超过 {most} MB 的上限，没有保存。请压缩或拆分后上传。"
            raise forms.ValidationError(text, code="too_large")
        return upload
