"""Who is signed in, where from and since when; one session or all of them are ended here."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import SignIn, User
from core.errors import NotFound
from core.services import record_audit

# Longer ago says nothing about where somebody usually comes from.
KEPT = timedelta(days=400)
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Windows", "Windows"),
    ("Mac OS", "a Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(agent: str) -> str:
    """Chrome on a Mac; of what a browser says about itself no more is kept."""
    browser = next((words for part, words in BROWSERS if part in agent), "")
    browser = browser or ("Safari" if "Safari" in agent else "A browser")
    system = next((words for part, words in SYSTEMS if part in agent), "")
    return f"{browser} on {system}" if system else browser


@transaction.atomic
def note_sign_in(
    *, user: User, session_key: str, address: str, agent: str, how: str, at: datetime
) -> SignIn:
    """Write down that somebody came in, and whether they ever came from there before."""
    SignIn.objects.filter(user=user, last_seen_at__lt=at - KEPT).delete()
    before = SignIn.objects.filter(user=user)
    new = before.exists() and not before.filter(address=address).exists()
    seen = _note(user, session_key, address, agent, at)
    if new:
        SignIn.objects.filter(pk=seen.pk).update(new_place=True)
    detail = {"how": how, "from": address, "browser": seen.browser, "new_place": new}
    record_audit(actor=user, verb="sign_in", subject=user.email, detail=detail)
    return seen


def note_seen(*, user: User, session_key: str, address: str, agent: str, at: datetime) -> None:
    """A session is at work; one that began before sign-ins were noted is noted now."""
    _note(user, session_key, address, agent, at)


def open_sign_ins() -> QuerySet[SignIn]:
    """Those whose session lives, the latest first."""
    now = timezone.now()
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    return SignIn.objects.filter(Exists(alive)).order_by("-last_seen_at")


@transaction.atomic
def end_session(*, user: User, number: int, actor: User) -> None:
    """Sign somebody out in one browser."""
    found = SignIn.objects.filter(pk=number, user=user).first()
    if found is None:
        raise NotFound(f"{user} has no such session.")
    Session.objects.filter(session_key=found.session_key).delete()
    detail = {"browser": found.browser, "from": found.address}
    record_audit(actor=actor, verb="end_session", subject=user.email, detail=detail)


@transaction.atomic
def end_all_sessions(*, user: User, actor: User) -> int:
    """Sign somebody out everywhere, and write it down."""
    ended = end_sessions(user=user)
    record_audit(actor=actor, verb="end_sessions", subject=user.email, detail={"ended": ended})
    return ended


def end_sessions(*, user: User) -> int:
    """Sign somebody out everywhere. Returns how many sessions ended."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


def _note(user: User, session_key: str, address: str, agent: str, at: datetime) -> SignIn:
    said = {"user": user, "address": address or None, "browser": browser_words(agent)}
    noted, _ = SignIn.objects.update_or_create(
        session_key=session_key,
        defaults={**said, "last_seen_at": at},
        create_defaults={**said, "last_seen_at": at, "started_at": at},
    )
    return noted
