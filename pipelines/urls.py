from django.urls import path

from pipelines.views import what_follows

app_name = "pipelines"
urlpatterns = [path("", what_follows, name="flow")]
