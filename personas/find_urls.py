"""Finding anything, and help."""

from django.urls import path

from personas.find_views import product, products, search_page
from personas.help_views import glossary_page, help_page, term_page

urlpatterns = [
    path("help/", help_page, name="help"),
    path("help/glossary/", glossary_page, name="glossary"),
    path("help/glossary/<slug:name>/", term_page, name="term"),
    path("products/", products, name="products"),
    path("products/<path:sku>/", product, name="product"),
    path("search/", search_page, name="search"),
]
