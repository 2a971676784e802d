"""What stands in the audit, in words. A verb that is written anywhere has its words here."""

import re
from dataclasses import dataclass
from typing import Any

from accounts.capabilities import Capability, Role
from accounts.write_keys import SCOPES
from core.formats import counted, whole
from core.models import AuditEntry

# What somebody did; {subject} is whom or what it was about.
WORDS = {
    "activate": "let {subject} in again",
    "accept_import": "accepted import {subject} as it is",
    "approve_campaign": "approved the campaign {subject}",
    "archive_segment": "archived the segment {subject}",
    "change_password": "changed their password",
    "change_settings": "changed the shop’s settings",
    "close_contact": "closed a request of customer {subject}",
    "change_source": "changed how the source {subject} is read",
    "clear_undo": "let go of what earlier imports had replaced",
    "change_work_list": "changed the {subject}",
    "close_work_list": "closed the {subject}",
    "create_api_key": "made an API key for {subject}",
    "create_campaign": "drafted the campaign {subject}",
    "create_segment": "made the segment {subject}",
    "create_slot": "made the slot {subject}",
    "create_source": "set up the source {subject}",
    "create_user": "invited {subject}",
    "create_work_list": "made the {subject}",
    "deactivate": "locked {subject} out",
    "delete_campaign": "deleted the draft {subject}",
    "delete_profile": "deleted the kept mapping {subject}",
    "delete_slot": "deleted the slot {subject}",
    "delete_source": "deleted the source {subject}",
    "denied": "was turned away from {subject}",
    "discard_draft": "threw the dropped file {subject} away",
    "dismiss_duplicate": "said that customer {subject} is not another one",
    "edit_campaign": "changed the campaign {subject}",
    "edit_slot": "changed the slot {subject}",
    "end_session": "ended a session of {subject}",
    "end_sessions": "signed {subject} out everywhere",
    "erase_customer": "erased the person {subject}",
    "export_audit": "took the audit out as a file",
    "export_audience": "exported the audience of {subject}",
    "export_campaign_list": "exported the list of {subject}",
    "export_movers": "exported who moved: {subject}",
    "export_segment": "exported the segment {subject}",
    "export_subject": "handed out what is held about customer {subject}",
    "fetch_again": "let what was undone of the source {subject} come again",
    "finish_campaign": "ended the campaign {subject} at its horizon",
    "finish_work_entry": "finished the work about customer {subject}",
    "freeze_audience": "froze the audience of {subject}",
    "freeze_result": "froze the result of {subject}",
    "hand_over_list": "handed over the list of {subject}",
    "import": "brought in a file: import {subject}",
    "keep_profile": "kept a mapping as {subject}",
    "launch_campaign": "launched the campaign {subject}",
    "log_contact": "logged a contact with customer {subject}",
    "make_login_link": "made a login link for {subject}",
    "make_recovery_codes": "made new recovery codes",
    "merge_customers": "merged customer {subject} with another one",
    "note_work_entry": "wrote a note on the work about customer {subject}",
    "pause_source": "paused the source {subject}",
    "pause_campaign": "paused the campaign {subject}",
    "promote_model": "let the model {subject} answer",
    "rename_profile": "named a kept mapping {subject}",
    "reopen_duplicate": "proposed again that customer {subject} is another one",
    "reopen_work_entry": "took up again the work about customer {subject}",
    "reopen_work_list": "opened the {subject} again",
    "read_source": "had the source {subject} read",
    "resume_source": "let the source {subject} go on",
    "start_source_over": "let the source {subject} begin anew",
    "refuse_import": "refused the held import {subject}",
    "remove_second_factor": "took their own second factor off",
    "reopen_contact": "opened a request of customer {subject} again",
    "reset_second_factor": "took the second factor off {subject}",
    "resolve_unknown": "said what became of messages of {subject}",
    "restore_note": "put back a note on customer {subject}",
    "restore_group_table": "took up again group table {subject}",
    "resume_campaign": "went on with the campaign {subject}",
    "revoke_api_key": "revoked the API key {subject}",
    "save_group_table": "wrote group table {subject}",
    "save_matching_rules": "changed by what customers are matched: version {subject}",
    "search_customers": "searched customers by personal data",
    "set_role": "changed the role of {subject}",
    "set_up_second_factor": "set up a second factor",
    "sign_in": "signed in",
    "sign_in_by_link": "signed in by a login link",
    "state_consent": "wrote down consent of customer {subject}",
    "stop_campaign": "stopped the campaign {subject}",
    "stop_import": "stopped import {subject}",
    "strike_note": "struck out a note on customer {subject}",
    "test_send": "sent a test of {subject}",
    "undo_import": "took import {subject} out again",
    "unmerge_customers": "took back that customer {subject} is another one",
    "unsubscribe": "unsubscribed: customer {subject}",
    "view_audience": "was shown names in the audience of {subject}",
    "view_audience_sample": "was shown names in an audience’s sample",
    "view_customer": "was shown personal data of customer {subject}",
    "view_duplicates": "was shown names of possible duplicates",
    "view_home_list": "was shown names on the home page",
    "view_members": "was shown names in the segment {subject}",
    "view_movers": "was shown names of those who moved: {subject}",
    "view_product_customers": "was shown names of who would want a product",
    "view_similar_customers": "was shown names of similar customers",
    "view_work_list": "was shown names on the {subject}",
    "write_note": "wrote a note on customer {subject}",
}


@dataclass(frozen=True)
class Kind:
    label: str
    verbs: tuple[str, ...]


def _starting(*beginnings: str) -> tuple[str, ...]:
    return tuple(verb for verb in WORDS if verb.startswith(beginnings))


KINDS = {
    "looks": Kind("Looks at personal data", _starting("view_", "search_")),
    "exports": Kind("Exports", (*_starting("export_"), "hand_over_list")),
    "people": Kind(
        "People, roles and keys",
        (
            "create_user", "set_role", "activate", "deactivate", "end_session", "end_sessions",
            "reset_second_factor", "set_up_second_factor", "remove_second_factor",
            "make_recovery_codes", "make_login_link", "change_password", "create_api_key",
            "revoke_api_key", "change_settings",
        ),
    ),
    "launches": Kind(
        "Campaigns approved and launched",
        ("approve_campaign", "launch_campaign", "pause_campaign", "resume_campaign",
         "stop_campaign", "freeze_audience", "finish_campaign", "freeze_result"),
    ),
    "denied": Kind("Refusals", ("denied",)),
    "sign_ins": Kind("Sign-ins", _starting("sign_in")),
    "data": Kind(
        "Data and models",
        ("import", "stop_import", "undo_import", "accept_import", "refuse_import",
         "create_source", "change_source", "delete_source", "read_source", "fetch_again",
         "pause_source", "resume_source", "start_source_over", "promote_model",
         "erase_customer", "state_consent", "merge_customers", "unmerge_customers",
         "dismiss_duplicate", "reopen_duplicate", "save_matching_rules"),
    ),
}  # fmt: skip
# Of a detail that has these names, what stands behind the deed.
# A JSON object of Postgres has no order of its own.
FIRST = (
    "before", "role", "how", "from", "browser", "new_place", "needed", "method", "personal",
    "rows", "shown", "ended", "purpose",
)  # fmt: skip
ORDER = {name: place for place, name in enumerate(FIRST)}
GAP = re.compile(r"<[^>]+>")
TOLD = {"how": "by {}", "from": "from {}", "browser": "{}", "purpose": "for: {}", "name": "“{}”"}


def deed(entry: AuditEntry) -> str:
    """What was done, to stand behind the name of who did it."""
    words = WORDS.get(entry.verb, entry.verb.replace("_", " ") + " {subject}")
    return words.replace("{subject}", _subject(entry)).strip()


def behind(entry: AuditEntry) -> str:
    """What else is known of it, in words; empty where nothing is."""
    told = sorted(entry.detail.items(), key=lambda pair: (ORDER.get(pair[0], len(ORDER)), pair[0]))
    return "; ".join(filter(None, (_part(name, value) for name, value in told)))


def _subject(entry: AuditEntry) -> str:
    """A route is told as an address with its gaps."""
    return f"/{GAP.sub('…', entry.subject)}" if entry.verb == "denied" else entry.subject


def _part(name: str, value: Any) -> str:
    if name == "needed":
        return f"lacks: {Capability(value).label}" if value in Capability.values else ""
    if name in ("before", "role") and value in Role.values:
        return f"{'from' if name == 'before' else 'to'} {Role(value).label}"
    if name == "may" and isinstance(value, list):
        return f"may {', '.join(_capability(scope) for scope in value)}"
    if name == "personal":
        return "with names" if value else "without names"
    if name == "new_place":
        return "a new place" if value else ""
    if name in ("shown", "ended", "rows", "customers") and isinstance(value, int):
        noun = {"ended": "session", "rows": "row"}.get(name, "customer")
        return counted(value, noun)
    if value in ("", None, [], {}):
        return ""
    if name in TOLD:
        return TOLD[name].format(value)
    return f"{name.replace('_', ' ')}: {_plain(value)}"


def _capability(scope: str) -> str:
    return SCOPES.get(scope, scope)


def _plain(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"before", "now"}:
        return f"{_plain(value['before'])} → {_plain(value['now'])}"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_plain(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
    return whole(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)
