"""Sources are watched: an alert once when one fails, falls silent or is odd, until it is over."""

from datetime import datetime

from core.alerts import open_alerts, raise_alert, resolve_alerts
from core.selectors import organisation_zone
from ingestion.health import TOPICS, all_health


def watch_sources(now: datetime) -> int:
    """Raise and resolve; how many alerts are open then."""
    found = {
        (topic, health.name): words
        for health in all_health(now, organisation_zone())
        for topic, words in health.problems.items()
    }
    for alert in open_alerts(TOPICS):
        if (alert.topic, alert.subject) not in found:
            resolve_alerts(topic=alert.topic, subject=alert.subject)
    for (topic, name), words in found.items():
        raise_alert(topic=topic, subject=name, says=words)
    return len(found)
