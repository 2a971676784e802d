from django.urls import path

from personas.audience_views import audience_page, save_audience
from personas.design_views import design_page
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
    path("customers/<path:customer_id>/", customer_page, name="customer"),
    path("design/", design_page, name="design"),
    path("predictions/", models_page, name="models"),
    path("predictions/train/", train_models, name="train_all"),
    path("predictions/<slug:name>/", model_page, name="model"),
    path("predictions/<slug:name>/train/", train_models, name="train"),
    path("predictions/<slug:name>/promote/<int:number>/", promote_model, name="promote"),
    path("refresh/", refresh_now, name="refresh"),
]
