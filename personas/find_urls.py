"""Finding anything, help, tours, and whether a page was useful."""

from django.urls import path

from personas.find_views import product, products, search_page
from personas.help_views import glossary_page, help_page, term_page
from personas.tour_views import tour
from personas.useful_views import say, told

urlpatterns = [
    path("feedback/", say, name="say_useful"),
    path("feedback/pages/", told, name="told_useful"),
    path("help/", help_page, name="help"),
    path("help/glossary/", glossary_page, name="glossary"),
    path("help/glossary/<slug:name>/", term_page, name="term"),
    path("products/", products, name="products"),
    path("products/<path:sku>/", product, name="product"),
    path("search/", search_page, name="search"),
    path("tour/", tour, name="tour"),
]
