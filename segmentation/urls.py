from django.urls import path

from segmentation.entry_views import predict_page
from segmentation.export_views import export_page
from segmentation.group_table_views import edit_group_table, go_back
from segmentation.views import (
    export_movers_page,
    members_page,
    movers_page,
    overview_page,
    who_moved_page,
)

app_name = "segmentation"
urlpatterns = [
    path("", overview_page, name="overview"),
    path("predict/", predict_page, name="predict"),
    path("table/", edit_group_table, name="group_table"),
    path("table/back/", go_back, name="restore_group_table"),
    path("moves/", who_moved_page, name="moves"),
    path("moves/people/", movers_page, name="movers"),
    path("moves/people/export/", export_movers_page, name="export_movers"),
    path("<slug:slug>/", members_page, name="members"),
    path("<slug:slug>/export/", export_page, name="export"),
]
