from allauth.account.adapter import get_adapter
from crispy_forms.layout import Column, Row, Submit
from django import forms

from enterprises.districts import District
from enterprises.files.forms import PdfField
from enterprises.files.keeping import KeptPdfField
from foshan_quality.lib import clock
from foshan_quality.lib.forms import DayField, framed, half_width
from foshan_quality.lib.identity import credit_code_problem, is_credit_code_shaped, tidy_credit_code

from .models import Organisation

UNCHOSEN = ("", "请选择")
KNOWN = "自动带出，请与营业执照核对"


class CodeForm(forms.Form):
    """The first step of registering: the code, by which the register may know the rest."""

    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=60, help_text="18 位，可带空格，大小写均可", widget=forms.TextInput()
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("credit_code", Submit("", "下一步"))
        self.helper.form_method, self.helper.disable_csrf = "get", True

    def clean_credit_code(self):
        code = tidy_credit_code(self.cleaned_data["credit_code"])
        if not is_credit_code_shaped(code):
            raise forms.ValidationError(credit_code_problem(code))
        return code


class RegistrationForm(forms.ModelForm):
    """The organisation as on its licence. The scan is asked for only when the code's check digit is doubted.

    `known` are the register's values; a field that shows one unchanged says so.
    """

    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=60, help_text="18 位，可带空格，大小写均可", widget=forms.TextInput()
    )
    registered_on = DayField(label="成立日期", help_text="例如 2008-06-18，与营业执照一致")
    evidence = PdfField(label="营业执照扫描件", required=False)

    class Meta:
        model = Organisation
        fields = ["name", "district_code", "industry", "size", "registered_on", "legal_representative", "address"]

    def __init__(self, *args, known, **kwargs):
        super().__init__(*args, **kwargs)
        for name, value in known.items():
            self.initial.setdefault(name, value)
            if not self.is_bound or self.data.get(name) == str(value):
                self.fields[name].help_text = KNOWN
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
    """The organisation's own account, written out in full, and the password of whoever confirms it.

    Who signs in by the unified identity alone has no password and is not asked for one.
    """

    holder = forms.CharField(label="户名", max_length=120, help_text="须与登记的单位名称完全一致")
    bank = forms.CharField(label="开户银行", max_length=120, help_text="写到支行，例如 某银行佛山某支行")
    number = forms.CharField(
        label="账号",
        max_length=60,
        help_text="8 到 32 位数字，可带空格",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    proof = KeptPdfField(label="账户证明")
    password = forms.CharField(
        label="您的登录密码",
        strip=False,
        help_text="这一步涉及收款，请再输入一次，确认是您本人",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["proof"].help_text += "。开户许可证，或银行出具的开户信息，加盖本单位公章"
        if not user.has_usable_password():
            del self.fields["password"]
        self.helper = framed(*self.fields, Submit("save", "确认账户"))

    def clean_password(self):
        """Judged as at sign-in, with its limit of attempts."""
        password = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError("密码不正确，账户没有保存。请重新输入。")
        return password

    def clean_number(self):
        return "".join(half_width(self.cleaned_data["number"]).split()).replace("-", "")


class FactsForm(forms.Form):
    """What may change without a new name: size, people, address, the group it belongs to."""

    industry = forms.CharField(label="所属行业", max_length=60)
    size = forms.ChoiceField(label="企业规模", choices=Organisation.Size.choices)
    legal_representative = forms.CharField(label="法定代表人", max_length=60)
    address = forms.CharField(label="注册地址", max_length=200)
    parent_name = forms.CharField(
        label="上级单位（选填）", max_length=120, required=False, help_text="集团母公司的登记名称，没有则留空"
    )
    parent_code = forms.CharField(
        label="上级单位统一社会信用代码（选填）",
        max_length=60,
        required=False,
        help_text="18 位，与上级单位名称同时填写",
    )
    contact_name = forms.CharField(
        label="联系人（选填）", max_length=60, required=False, help_text="秘书处有事时找的人；新申报自动带出"
    )
    contact_phone = forms.CharField(label="联系电话（选填）", max_length=30, required=False)
    contact_email = forms.EmailField(label="联系邮箱（选填）", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed(
            Row(Column("industry"), Column("size")),
            "legal_representative",
            "address",
            Row(Column("parent_name"), Column("parent_code")),
            Row(Column("contact_name"), Column("contact_phone"), Column("contact_email")),
            Submit("save", "保存"),
        )


class RenamingForm(forms.Form):
    """The new registered name, since when, and the paper that says so."""

    name = forms.CharField(
        label="新的单位名称", max_length=120, help_text="与换发后的营业执照一字不差", widget=forms.TextInput()
    )
    changed_on = DayField(label="变更日期", help_text="登记机关核准更名的日期，例如 2026-03-01")
    evidence = KeptPdfField(label="更名证明")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["evidence"].help_text += "。核准变更登记通知书，或换发后的营业执照"
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        self.helper = framed("name", "changed_on", "evidence", Submit("rename", "变更名称"))
