from django.urls import path

from segmentation.views import export_page, members_page, overview_page

app_name = "segmentation"
urlpatterns = [
    path("", overview_page, name="overview"),
    path("<slug:slug>/", members_page, name="members"),
    path("<slug:slug>/export/", export_page, name="export"),
]
