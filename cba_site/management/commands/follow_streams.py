from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cba_site.local.followers import FOLLOWS, Followers
from cba_site.local.supervisor import Supervisor
from cba_site.management.commands.up import environment


class Command(BaseCommand):
    help = "Follow every stream that is not paused, each in a process of its own, as `up` does."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        followers = Followers(environment(""))
        supervisor = Supervisor(
            [],
            logs=settings.CBA_HOME / "logs",
            say=self.stdout.write,
            also=lambda: followers.look_after(supervisor),
        )
        try:
            supervisor.start()
            supervisor.tend_until_stopped()
        except KeyboardInterrupt:
            self.stdout.write("Stopping.")
        finally:
            supervisor.stop(supervisor.names(FOLLOWS))
