"""Finding things: everything at once, and one product."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from personas import product_list
from personas.products import product_page
from personas.search.everything import search


@requires(Capability.VIEW_RESULTS)
def search_page(request: HttpRequest) -> HttpResponse:
    """All that fits a text; the palette asks for the list alone, as the same template."""
    results = search(request.GET.get("q", ""), request.user)
    part = request.htmx and not request.htmx.boosted
    template = "personas/search/found.html" if part else "personas/search/page.html"
    return render(request, template, {"results": results, "palette": part})


@requires(Capability.VIEW_RESULTS)
def products(request: HttpRequest) -> HttpResponse:
    return render(request, "personas/products.html", product_list.page(request))


@requires(Capability.VIEW_RESULTS)
def product(request: HttpRequest, sku: str) -> HttpResponse:
    return render(request, "personas/product.html", {"page": product_page(sku, request.user)})
