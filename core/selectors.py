from zoneinfo import ZoneInfo

from core.models import Organisation


def organisation() -> Organisation:
    """The installation's shop; its defaults before anyone has named it."""
    return Organisation.objects.first() or Organisation()


def organisation_zone() -> ZoneInfo:
    """The time zone that decides where the shop's days begin."""
    return ZoneInfo(organisation().time_zone)
