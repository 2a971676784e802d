from django.urls import path

from ingestion.bundle_views import bundle_discard, bundle_page
from ingestion.draft_views import draft_columns, draft_discard, draft_page, new_load
from ingestion.profile_views import profile_delete, profile_list, profile_rename
from ingestion.reject_views import corrections, examples, fixes, rejects
from ingestion.rule_views import draft_rules
from ingestion.snippet_views import snippet
from ingestion.views import (
    accept,
    load_for_good,
    load_list,
    load_page,
    refuse,
    stop,
    undo,
)

app_name = "ingestion"
urlpatterns = [
    path("", load_list, name="list"),
    path("snippet/", snippet, name="snippet"),
    path("new/", new_load, name="new"),
    path("drafts/<int:number>/", draft_page, name="draft"),
    path("drafts/<int:number>/columns/", draft_columns, name="draft_columns"),
    path("drafts/<int:number>/rules/", draft_rules, name="draft_rules"),
    path("drafts/<int:number>/discard/", draft_discard, name="draft_discard"),
    path("bundles/<int:number>/", bundle_page, name="bundle"),
    path("bundles/<int:number>/discard/", bundle_discard, name="bundle_discard"),
    path("profiles/", profile_list, name="profiles"),
    path("profiles/<int:number>/rename/", profile_rename, name="profile_rename"),
    path("profiles/<int:number>/delete/", profile_delete, name="profile_delete"),
    path("<int:number>/", load_page, name="load"),
    path("<int:number>/load/", load_for_good, name="load_for_good"),
    path("<int:number>/examples/", examples, name="examples"),
    path("<int:number>/rejects/", rejects, name="rejects"),
    path("<int:number>/fixes/", fixes, name="fixes"),
    path("<int:number>/corrections/", corrections, name="corrections"),
    path("<int:number>/stop/", stop, name="stop"),
    path("<int:number>/undo/", undo, name="undo"),
    path("<int:number>/accept/", accept, name="accept"),
    path("<int:number>/refuse/", refuse, name="refuse"),
]
