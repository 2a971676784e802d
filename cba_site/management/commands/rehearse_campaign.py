from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from campaigns.models import Campaign
from cba_site.rehearsal import rehearse
from core.commands import ProductCommand
from core.errors import NotFound


class Command(ProductCommand):
    help = "The verdict of an approved campaign's double, on made-up outcomes; marked simulated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", type=int, metavar="ID")

    def answer(self, **options: Any) -> dict[str, Any]:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        if campaign is None:
            raise NotFound(f"There is no campaign {options['campaign']}.")
        found = rehearse(campaign=campaign, now=timezone.now())
        return {
            "id": found.campaign.pk,
            "name": found.campaign.name,
            "origin": found.campaign.origin,
            "treated": found.campaign.counts["treated"],
            "control": found.campaign.counts["control"],
            "verdict": found.result.verdict,
        }
