from django.urls import path

from ingestion.sample_views import fetch, sample, use
from ingestion.source_views import (
    choose_connector,
    drop_source,
    edit_source,
    new_source,
    over_again,
    pause,
    read_now,
    source_list,
    source_page,
)

app_name = "sources"
urlpatterns = [
    path("", source_list, name="list"),
    path("new/", choose_connector, name="choose"),
    path("new/<slug:name>/", new_source, name="new"),
    path("<int:number>/", source_page, name="source"),
    path("<int:number>/edit/", edit_source, name="edit"),
    path("<int:number>/read/", read_now, name="read"),
    path("<int:number>/sample/", sample, name="sample"),
    path("loads/<int:number>/fetch/", fetch, name="fetch"),
    path("samples/<int:number>/use/", use, name="use"),
    path("<int:number>/pause/", pause, name="pause"),
    path("<int:number>/over/", over_again, name="over"),
    path("<int:number>/delete/", drop_source, name="delete"),
]
