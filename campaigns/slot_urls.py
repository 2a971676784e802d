from django.urls import path

from campaigns.slot_views import (
    change_slot,
    drop_slot,
    new_slot,
    slot_list,
    slot_page,
    slot_trial,
)

app_name = "slots"
urlpatterns = [
    path("", slot_list, name="list"),
    path("new/", new_slot, name="new"),
    path("<slug:slug>/", slot_page, name="slot"),
    path("<slug:slug>/try/", slot_trial, name="try"),
    path("<slug:slug>/edit/", change_slot, name="edit"),
    path("<slug:slug>/delete/", drop_slot, name="delete"),
]
