from django.urls import path

from runs.views import run_list, run_page

app_name = "runs"
urlpatterns = [
    path("", run_list, name="list"),
    path("<int:number>/", run_page, name="run"),
]
