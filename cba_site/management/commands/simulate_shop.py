import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from analytics.simulation import (
    ShopOptions,
    least_lines,
    most_campaigns,
    plan_campaigns,
    simulate,
)
from cba_site.simulated_shop import FORMATS, MARK, write_shop, written_before
from core.commands import ProductCommand
from core.errors import Conflict, Refused

LONGEST_DAYS = 3_650
SHORTEST_DAYS = 7
MOST_DIRT = 0.4


class NotAShop(Refused):
    code = "not_a_shop"


class Command(ProductCommand):
    help = "Write a synthetic shop, and apart from it the truth behind it, as files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=int, required=True, metavar="N")
        parser.add_argument("--lines", type=int, required=True, metavar="M", help="order lines")
        parser.add_argument("--seed", type=int, required=True, metavar="S")
        parser.add_argument("--out", required=True, metavar="DIR")
        parser.add_argument("--days", type=int, default=365, metavar="D", help="of history")
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument(
            "--future-days", type=int, default=0, metavar="D", help="past the end, kept apart"
        )
        parser.add_argument(
            "--campaigns", type=int, default=0, metavar="N", help="with a control group each"
        )
        parser.add_argument(
            "--dirt", type=float, default=0.0, metavar="SHARE", help="of the rows, with a key to it"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        began = time.monotonic()
        _refuse_nonsense(options)
        out = Path(options["out"])
        _refuse_a_folder_of_others(out)
        shop = simulate(
            ShopOptions(
                customers=options["customers"],
                lines=options["lines"],
                seed=options["seed"],
                days=options["days"],
                future_days=options["future_days"],
                campaigns=plan_campaigns(options["campaigns"], options["days"]),
            )
        )
        write_shop(shop, out, form=options["format"], dirt=options["dirt"])
        return {
            "out": str(out),
            "customers": len(shop.customers),
            "orders": len(shop.history.orders),
            "lines": len(shop.history.lines),
            "seconds": round(time.monotonic() - began, 2),
        }

    def say(self, answer: dict[str, Any]) -> str:
        counts = ", ".join(f"{answer[name]:,} {name}" for name in ("customers", "orders", "lines"))
        return f"{answer['out']}: {counts}, in {answer['seconds']:.1f} s."


def _refuse_nonsense(options: dict[str, Any]) -> None:
    customers, lines, days = options["customers"], options["lines"], options["days"]
    if customers < 1:
        raise NotAShop(f"A shop has at least 1 customer, not {customers}.")
    if lines < least_lines(customers):
        least = least_lines(customers)
        raise NotAShop(f"{customers:,} customers have at least {least:,} order lines, not {lines}.")
    if options["seed"] < 0:
        raise NotAShop(f"A seed is 0 or more, not {options['seed']}.")
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise NotAShop(f"A history has {SHORTEST_DAYS} to {LONGEST_DAYS:,} days, not {days}.")
    if not 0 <= options["future_days"] <= LONGEST_DAYS:
        future = options["future_days"]
        raise NotAShop(f"The future has 0 to {LONGEST_DAYS:,} days, not {future}.")
    if not 0 <= options["campaigns"] <= most_campaigns(days):
        most, asked = most_campaigns(days), options["campaigns"]
        raise NotAShop(f"A history of {days:,} days has 0 to {most:,} campaigns, not {asked}.")
    if not 0 <= options["dirt"] <= MOST_DIRT:
        raise NotAShop(f"Dirt is a share from 0 to {MOST_DIRT}, not {options['dirt']}.")
    if options["dirt"] and options["format"] != "csv":
        raise NotAShop("Only texts can be dirty: leave --format at csv.")


def _refuse_a_folder_of_others(out: Path) -> None:
    """An earlier simulation is written over; anybody's own files are not."""
    if out.exists() and not out.is_dir():
        raise Conflict(f"{out} is a file; name a folder.")
    found = written_before(out)
    if found and out / MARK not in found:
        raise Conflict(f"{found[0]} was not simulated and stays; name another folder.")
