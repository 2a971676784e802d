"""What the product refuses, in the user's words; one handler makes it a form error or a 4xx."""


class Refused(Exception):
    """A request that is understood and not done; nothing was changed.

    ``message`` says what happened and what to do; ``fields`` names the inputs at fault; ``remedy``
    is what to do, for a run that ends with it.
    """

    code = "refused"
    status = 400
    remedy = ""

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class NotFound(Refused):
    code = "not_found"
    status = 404


class NotAllowed(Refused):
    code = "not_allowed"
    status = 403


class Conflict(Refused):
    """Something else stands in the way: a running job, a later load."""

    code = "conflict"
    status = 409
