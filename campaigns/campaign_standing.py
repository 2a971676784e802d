"""How a campaign stands, in a word with its mark, and who may take it further."""

from django.db.models import Q

from accounts.capabilities import ROLE_CAPABILITIES, Capability
from accounts.models import User
from campaigns.models import Campaign, CampaignState, Origin
from campaigns.services.planning import being_launched
from runs.models import RunState

PAST, LAUNCHING, PAUSED = "past", "launching", "paused"
# (word, icon, how it looks)
MARKS = {
    PAST: ("past", "clock", ""),
    LAUNCHING: ("being launched", "loader-circle", "going"),
    PAUSED: ("paused", "pause", ""),
    CampaignState.DRAFT: ("waits for approval", "clock", ""),
    CampaignState.APPROVED: ("approved", "check", ""),
    CampaignState.RUNNING: ("running", "play", "going"),
    CampaignState.FINISHED: ("ended", "circle-check", ""),
    CampaignState.STOPPED: ("stopped", "circle-x", ""),
}
# Why a campaign's figures are no proof, as its rows and pages are marked.
ORIGINS = {
    Origin.OWN: "",
    Origin.HISTORY: "targeted, not randomised: no causal claim",
    Origin.SIMULATED: "outcomes are simulated",
}


def standing(campaign: Campaign) -> str:
    """A key of MARKS."""
    if campaign.origin == Origin.HISTORY:
        return PAST
    if campaign.state == CampaignState.APPROVED and being_launched(campaign):
        return LAUNCHING
    if campaign.state == CampaignState.RUNNING and campaign.paused_at is not None:
        return PAUSED
    return str(campaign.state)


def mark(campaign: Campaign) -> dict[str, str]:
    word, icon, css = MARKS[standing(campaign)]
    return {"word": word, "icon": icon, "css": css}


def launch_failed(campaign: Campaign) -> bool:
    """The last try to launch it was refused or broke; it stays approved."""
    run = campaign.launch_run
    waits = campaign.state == CampaignState.APPROVED
    return waits and run is not None and run.state == RunState.FAILED


def made_by(campaign: Campaign, user: User) -> bool:
    """Whoever made or last edited it never approves it."""
    return user.pk in (campaign.created_by_id, campaign.edited_by_id)


def who_may_approve(campaign: Campaign) -> str:
    """Names of those who may; or the roles that could, where nobody has one of them."""
    roles = [
        role for role, held in ROLE_CAPABILITIES.items() if Capability.APPROVE_CAMPAIGN in held
    ]
    own = Q(pk=campaign.created_by_id) | Q(pk=campaign.edited_by_id)
    people = User.objects.filter(is_active=True, role__in=roles).exclude(own).order_by("role", "pk")
    names = [f"{person} ({person.get_role_display().lower()})" for person in people[:3]]
    if names:
        return " or ".join(names)
    return f"somebody of {' or '.join(role.label.lower() for role in roles)}; an admin can invite"
