from typing import Any

from rest_framework import serializers

from accounts.capabilities import Capability
from accounts.selectors import people_who
from segmentation.models import WorkList
from segmentation.work import STATES


class WorkListSerializer(serializers.ModelSerializer[WorkList]):
    """``elsewhere``: who is on another list, and not contacted from this one."""

    owner = serializers.SerializerMethodField()
    created_by = serializers.SerializerMethodField()
    customers = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    elsewhere = serializers.SerializerMethodField()
    spent = serializers.SerializerMethodField()

    class Meta:
        model = WorkList
        fields = [
            "id", "name", "origin", "definition", "owner", "due_on", "created_at", "created_by",
            "closed_at", "customers", "done", "elsewhere", "spent",
        ]  # fmt: skip

    def get_owner(self, work_list: WorkList) -> str | None:
        return work_list.owner.email if work_list.owner else None

    def get_created_by(self, work_list: WorkList) -> str | None:
        return work_list.created_by.email if work_list.created_by else None

    def get_customers(self, work_list: WorkList) -> int:
        return int(self.context["figures"][work_list.pk].customers)

    def get_done(self, work_list: WorkList) -> int:
        return int(self.context["figures"][work_list.pk].done)

    def get_elsewhere(self, work_list: WorkList) -> int:
        return int(self.context["figures"][work_list.pk].elsewhere)

    def get_spent(self, work_list: WorkList) -> float:
        return round(self.context["figures"][work_list.pk].spent, 2)


class MoveAskedSerializer(serializers.Serializer):
    """Who made one move, as the page of who moved names it."""

    was = serializers.CharField(max_length=80)
    to = serializers.CharField(max_length=40, required=False, default="")

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" and "is" are words of Python's own.
        words = {
            "from": serializers.CharField(max_length=40, required=False, default=""),
            "is": serializers.CharField(max_length=80),
        }
        return {**words, **super().get_fields()}


class NewWorkListSerializer(serializers.Serializer):
    """Of whom: a segment, a rule or a move, one of them."""

    name = serializers.CharField(max_length=120)
    segment = serializers.CharField(max_length=80, required=False)
    definition = serializers.JSONField(required=False)
    move = MoveAskedSerializer(required=False)
    owner = serializers.SlugRelatedField(
        slug_field="email", queryset=people_who(Capability.VIEW_CUSTOMERS), allow_null=True,
        default=None, help_text="the e-mail of somebody who may see customers",
    )  # fmt: skip
    due_on = serializers.DateField(allow_null=True, default=None)
    ticket = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="sent twice it makes one list"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("segment", "definition", "move")) != 1:
            raise serializers.ValidationError("Name one of segment, definition and move.")
        return attrs


class ChangedWorkListSerializer(serializers.Serializer):
    """What is not named stays. ``closed``: close the list, or open it again."""

    name = serializers.CharField(max_length=120, required=False)
    owner = serializers.SlugRelatedField(
        slug_field="email", queryset=people_who(Capability.VIEW_CUSTOMERS), allow_null=True,
        required=False,
    )  # fmt: skip
    due_on = serializers.DateField(allow_null=True, required=False)
    closed = serializers.BooleanField(required=False)


class WorkEntrySerializer(serializers.Serializer):
    """One customer of a list, in calling order; names and notes as the role may see them."""

    customer_id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(STATES)
    work_list = serializers.IntegerField(
        allow_null=True, help_text="of one that is elsewhere: the list that has the customer"
    )
    done_at = serializers.DateTimeField(allow_null=True)
    done_by = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)


class WorkedEntrySerializer(serializers.Serializer):
    customer_id = serializers.CharField(max_length=200)
    done = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True)
