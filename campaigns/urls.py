"""The pages of campaigns, those of messages among them; slots have addresses of their own."""

from django.urls import path

from campaigns import planning_views, views
from campaigns.delivery_views import outbox, outbox_message, unsubscribe_page
from campaigns.results_views import result

urlpatterns = [
    path("campaigns/", views.campaign_list, name="campaigns"),
    path("campaigns/new/", planning_views.new_campaign, name="new_campaign"),
    path("campaigns/<int:pk>/", views.campaign_one, name="campaign"),
    path("campaigns/<int:pk>/edit/", planning_views.change_campaign, name="edit_campaign"),
    path("campaigns/<int:pk>/message/", planning_views.message_page, name="campaign_message"),
    path("campaigns/<int:pk>/test/", planning_views.test_message, name="test_message"),
    path("campaigns/<int:pk>/approve/", views.approve, name="approve_campaign"),
    path("campaigns/<int:pk>/launch/", views.launch, name="launch_campaign"),
    path("campaigns/<int:pk>/pause/", views.pause, name="pause_campaign"),
    path("campaigns/<int:pk>/resume/", views.resume, name="resume_campaign"),
    path("campaigns/<int:pk>/stop/", views.stop, name="stop_campaign"),
    path("campaigns/<int:pk>/delete/", views.delete, name="delete_campaign"),
    path("campaigns/<int:pk>/unknown/", views.settle_unknown, name="settle_unknown"),
    path("campaigns/<int:pk>/receipt/", views.receipt_file, name="campaign_receipt"),
    path("campaigns/<int:pk>/list/", views.hand_over, name="hand_over_list"),
    path("campaigns/<int:pk>/result/", result, name="campaign_result"),
    path("outbox/", outbox, name="outbox"),
    path("outbox/<int:number>/", outbox_message, name="outbox_message"),
    path("unsubscribe/<str:token>/", unsubscribe_page, name="unsubscribe"),
]
