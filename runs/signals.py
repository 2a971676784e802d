"""The one signal of the house: sent on commit with ``run_pk``; a wake-up, never the truth."""

from django.dispatch import Signal

run_finished = Signal()
