from django import forms

from enterprises.districts import District
from foshan_quality.office_forms import ActForm
from foshan_quality.permissions import Role

from .models import User


class AccountForm(ActForm):
    """A colleague's new account."""

    name = forms.CharField(label="姓名", max_length=60)
    email = forms.EmailField(label="邮箱", help_text="本人用此邮箱通过“忘记密码”设置密码")


class GrantForm(ActForm):
    """Who gets which duty."""

    user = forms.ModelChoiceField(
        label="用户邮箱",
        queryset=User.objects.filter(is_active=True),
        to_field_name="email",
        widget=forms.EmailInput,
        error_messages={"invalid_choice": "没有这个邮箱的账号，或账号已停用。没有授予。"},
    )
    role = forms.ChoiceField(
        label="角色", choices=[("", "请选择"), *(choice for choice in Role.choices if choice[0] != Role.ROBOT)]
    )
    district_code = forms.ChoiceField(
        label="所辖区",
        choices=[("", "不限"), *District.choices],
        required=False,
        help_text="只有区市场监管人员需要，其他角色不能指定",
    )
