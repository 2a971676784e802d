from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.formats import counted, short_day
from core.models import Organisation
from core.selectors import organisation, settings_changed_at
from core.services import change_organisation
from personas.settings_form import SettingsForm
from transactions.selectors import last_order_at


@requires(Capability.MANAGE_PEOPLE)
def settings_page(request: HttpRequest) -> HttpResponse:
    """How the shop counts days and money, how far it looks, and how often it may write."""
    shop, recorded = organisation(), last_order_at() is not None
    form = SettingsForm(request.POST or None, shop, recorded=recorded)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            change_organisation(values=form.values(), recorded=recorded, actor=request.user)
        except Refused as refused:
            refusal = refused.message
        else:
            messages.success(request, "Saved.")
            return redirect("settings")
    context = {"form": form, "refusal": refusal, **settings_words(shop, recorded=recorded)}
    return render(request, "personas/settings.html", context)


def settings_words(shop: Organisation, *, recorded: bool) -> dict[str, Any]:
    """The sentence of the page, and the same settings as facts for the admin's home."""
    changed = settings_changed_at()
    fixed = "both are fixed since orders came in" if recorded else "both can still be changed"
    cap = f"{counted(shop.cap_messages, 'message')} in {counted(shop.cap_days, 'day')}"
    horizon = counted(shop.horizon_days, "day") if shop.horizon_days else "by the shop’s rhythm"
    return {
        "finding": f"{shop.name} counts days in {shop.time_zone.replace('_', ' ')} and money in"
        f" {shop.currency}.",
        "lede": f"{fixed.capitalize()}."
        + (f" Last changed {short_day(changed)}." if changed else " Nothing was changed yet."),
        "changed": f"Settings, last changed {short_day(changed)}" if changed else "Settings",
        "facts": [
            ("Currency, time zone", f"{shop.currency}, {shop.time_zone.replace('_', ' ')}"),
            ("Predictions look ahead", horizon),
            ("Never treated", f"{shop.holdout_share * 100:g} of 100"),
            ("Contact cap", cap),
            ("Training waits below quality", f"{shop.quality_threshold} of 100"),
        ],
    }
