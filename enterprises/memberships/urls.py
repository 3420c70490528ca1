from django.urls import path

from . import views

OWN = "organisations/<int:pk>/"

urlpatterns = [
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("invitations/<str:token>/sign-up/", views.invitation_sign_up, name="invitation_sign_up"),
    path(OWN + "members/invite/", views.member_invite, name="member_invite"),
    path(OWN + "members/<int:member>/", views.member, name="member"),
    path(OWN + "members/<int:member>/remove/", views.member_remove, name="member_remove"),
    path(OWN + "members/<int:member>/hand-over/", views.member_hand_over, name="member_hand_over"),
    path(OWN + "leave/", views.organisation_leave, name="organisation_leave"),
    path(OWN + "invitations/<int:invitation>/resend/", views.invitation_resend, name="invitation_resend"),
    path(OWN + "invitations/<int:invitation>/revoke/", views.invitation_revoke, name="invitation_revoke"),
]
