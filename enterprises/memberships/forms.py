from crispy_forms.layout import Submit
from django import forms

from foshan_quality.lib.forms import framed
from foshan_quality.permissions import Relation

CHOICES = [
    (Relation.EDITOR, "填报人：可以填写，不能提交"),
    (Relation.READER, "查阅人：只能查看"),
    (Relation.OWNER, "单位负责人：可以填写、提交和管理成员"),
]


class InvitationForm(forms.Form):
    """A colleague's mailbox, and what the colleague may do."""

    email = forms.EmailField(
        label="同事的邮箱", max_length=254, help_text="邀请邮件发到这个邮箱，请用同事本人的工作邮箱"
    )
    role = forms.ChoiceField(label="角色", choices=CHOICES, widget=forms.RadioSelect, initial=Relation.EDITOR)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("email", "role", Submit("invite", "发送邀请"))


class RoleForm(forms.Form):
    """What a member may do from now on."""

    role = forms.ChoiceField(label="角色", choices=CHOICES, widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = framed("role", Submit("save", "更换角色"))
