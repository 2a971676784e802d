from django.urls import path

from ingestion.views import load_for_good, load_list, load_page, new_load, undo

app_name = "ingestion"
urlpatterns = [
    path("", load_list, name="list"),
    path("new/", new_load, name="new"),
    path("<int:number>/", load_page, name="load"),
    path("<int:number>/load/", load_for_good, name="load_for_good"),
    path("<int:number>/undo/", undo, name="undo"),
]
