from django.urls import path

from personas.audience_views import audience_page, save_audience
from personas.care_views import (
    add_note,
    drop_note,
    new_consent,
    new_contact,
    open_contact_again,
    put_note_back,
    settle_contact,
)
from personas.design_views import design_page
from personas.settings_views import settings_page
from personas.views import (
    customer_list,
    customer_page,
    home_page,
    model_page,
    models_page,
    promote_model,
    refresh_now,
    train_models,
)

urlpatterns = [
    path("", home_page, name="home"),
    path("audience/", audience_page, name="audience"),
    path("audience/save/", save_audience, name="save_audience"),
    path("customers/", customer_list, name="customers"),
    path("customers/<path:customer_id>/notes/", add_note, name="add_note"),
    path("customers/<path:customer_id>/notes/<int:pk>/strike/", drop_note, name="drop_note"),
    path("customers/<path:customer_id>/notes/<int:pk>/restore/", put_note_back, name="put_back"),
    path("customers/<path:customer_id>/contacts/new/", new_contact, name="new_contact"),
    path("customers/<path:customer_id>/contacts/<int:pk>/close/", settle_contact, name="settle"),
    path(
        "customers/<path:customer_id>/contacts/<int:pk>/reopen/", open_contact_again, name="reopen"
    ),
    path("customers/<path:customer_id>/consent/", new_consent, name="new_consent"),
    path("customers/<path:customer_id>/", customer_page, name="customer"),
    path("design/", design_page, name="design"),
    path("predictions/", models_page, name="models"),
    path("predictions/train/", train_models, name="train_all"),
    path("predictions/<slug:name>/", model_page, name="model"),
    path("predictions/<slug:name>/train/", train_models, name="train"),
    path("predictions/<slug:name>/promote/<int:number>/", promote_model, name="promote"),
    path("refresh/", refresh_now, name="refresh"),
    path("settings/", settings_page, name="settings"),
]
