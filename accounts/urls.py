from django.urls import path

from accounts.views import use_login_link

urlpatterns = [
    path("link/<str:token>/", use_login_link, name="login_link"),
]
