from django.urls import path

from personas.views import customer_list, customer_page, home_page, refresh_now

urlpatterns = [
    path("", home_page, name="home"),
    path("customers/", customer_list, name="customers"),
    path("customers/<str:customer_id>/", customer_page, name="customer"),
    path("refresh/", refresh_now, name="refresh"),
]
