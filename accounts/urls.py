from django.urls import path

from accounts.held import held_form
from accounts.views import use_login_link

urlpatterns = [
    path("held/", held_form, name="held_form"),
    path("link/<str:token>/", use_login_link, name="login_link"),
]
