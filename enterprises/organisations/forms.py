from crispy_forms.layout import Column, Row, Submit
from django import forms

from enterprises.districts import District
from enterprises.files.forms import PdfField
from foshan_quality.lib import clock
from foshan_quality.lib.forms import DayField, framed, half_width
from foshan_quality.permissions import Relation

from .models import Organisation

UNCHOSEN = ("", "请选择")


class RegistrationForm(forms.ModelForm):
    """The organisation as on its licence. The scan is asked for only when the code's check digit is doubted."""

    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=60, help_text="18 位，可带空格，大小写均可", widget=forms.TextInput()
    )
    registered_on = DayField(label="成立日期", help_text="例如 2008-06-18，与营业执照一致")
    evidence = PdfField(label="营业执照扫描件", required=False)

    class Meta:
        model = Organisation
        fields = ["name", "district_code", "industry", "size", "registered_on", "legal_representative", "address"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["district_code"].choices = [UNCHOSEN, *District.choices]
        self.fields["size"].choices = [UNCHOSEN, *Organisation.Size.choices]
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.lay_out(offers_evidence="evidence" in self.files)

    def lay_out(self, *, offers_evidence):
        """Draw the form, with or without the upload of the licence."""
        self.helper = framed(
            "name",
            "credit_code",
            *(["evidence"] if offers_evidence else []),
            Row(Column("district_code"), Column("size")),
            Row(Column("industry"), Column("registered_on")),
            "legal_representative",
            "address",
            Submit("register", "登记单位"),
        )
        self.fields["evidence"].required = offers_evidence

    def clean_registered_on(self):
        day = self.cleaned_data["registered_on"]
        if day > clock.today():
            raise forms.ValidationError("成立日期晚于今天，请核对。")
        return day


class AccountForm(forms.Form):
    """The organisation's own account, written out in full."""

    holder = forms.CharField(label="户名", max_length=120, help_text="须与登记的单位名称完全一致")
    bank = forms.CharField(label="开户银行", max_length=120, help_text="写到支行，例如 某银行佛山某支行")
    number = forms.CharField(
        label="账号",
        max_length=60,
        help_text="8 到 32 位数字，可带空格",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("holder", "bank", "number", Submit("save", "确认账户"))

    def clean_number(self):
        return "".join(half_width(self.cleaned_data["number"]).split()).replace("-", "")


class MemberForm(forms.Form):
    """A colleague who already has an account, and what the colleague may do."""

    ROLES = [
        (Relation.EDITOR, "填报人：可以填写，不能提交"),
        (Relation.READER, "查阅人：只能查看"),
        (Relation.OWNER, "单位负责人：可以填写、提交和管理成员"),
    ]

    email = forms.EmailField(label="同事的邮箱", help_text="同事注册本平台时使用的邮箱")
    role = forms.ChoiceField(label="角色", choices=ROLES, widget=forms.RadioSelect, initial=Relation.EDITOR)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("email", "role", Submit("add", "加为成员"))
