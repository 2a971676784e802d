from rest_framework.generics import ListAPIView, RetrieveAPIView

from accounts.capabilities import Capability
from runs.models import Run
from runs.selectors import runs
from runs.serializers import RunSerializer


class RunList(ListAPIView[Run]):
    """Background work, the newest first."""

    capability = Capability.VIEW_OPERATIONS
    serializer_class = RunSerializer
    queryset = runs()


class RunDetail(RetrieveAPIView[Run]):
    """One run: state, step, progress, and what came of it."""

    capability = Capability.VIEW_OPERATIONS
    serializer_class = RunSerializer
    queryset = runs()
