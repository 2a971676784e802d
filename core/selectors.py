from core.models import Organisation


def organisation() -> Organisation:
    """The installation's shop; its defaults before anyone has named it."""
    return Organisation.objects.first() or Organisation()
