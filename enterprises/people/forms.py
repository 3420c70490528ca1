from django import forms


class SignupForm(forms.Form):
    """What sign-up asks beside mail and password."""

    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label="手机", max_length=30, required=False, widget=forms.TextInput(attrs={"autocomplete": "tel"})
    )

    field_order = ["name", "email", "phone", "password1", "password2"]

    def signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.phone = self.cleaned_data["phone"]
        user.save(update_fields=["name", "phone"])
