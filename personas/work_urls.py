from django.urls import path

from personas.work_views import (
    change_list,
    new_work_list,
    work_entry,
    work_list_one,
    work_lists_page,
)

app_name = "worklists"
urlpatterns = [
    path("", work_lists_page, name="list"),
    path("new/", new_work_list, name="new"),
    path("<int:pk>/", work_list_one, name="one"),
    path("<int:pk>/change/", change_list, name="change"),
    path("<int:pk>/entries/<int:number>/", work_entry, name="entry"),
]
