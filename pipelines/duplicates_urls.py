from django.urls import path

from pipelines.duplicates_views import (
    duplicate,
    duplicate_list,
    keep_apart,
    look_again,
    matching_rules,
    merge,
    propose_again,
    take_back,
)

app_name = "duplicates"
urlpatterns = [
    path("", duplicate_list, name="list"),
    path("rules/", matching_rules, name="rules"),
    path("rules/look/", look_again, name="look"),
    path("<int:number>/", duplicate, name="pair"),
    path("<int:number>/merge/", merge, name="merge"),
    path("<int:number>/apart/", keep_apart, name="apart"),
    path("<int:number>/back/", take_back, name="take_back"),
    path("<int:number>/again/", propose_again, name="reopen"),
]
