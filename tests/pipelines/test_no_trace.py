"""A person with a marker in every field goes through the whole house, and is searched for in
everything that it keeps: each marker is found before the erasure, and none after."""

import logging
import time
from datetime import UTC, datetime

import polars as pl
import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client

from campaigns.models import Message, Outcome
from campaigns.services.approval import approve_campaign
from campaigns.services.delivery import deliver, request_delivery
from campaigns.services.launch import launch_campaign
from campaigns.services.planning import create_campaign
from customers.contact_indexes import email_index
from customers.models import Customer
from customers.services import personal_mark
from features.frames import snapshot
from features.models import FeatureFile
from ingestion.drafts import begin_draft, fix_values
from ingestion.models import Draft, Reject
from ingestion.services import receive_file
from recommendations.models import RecommendationLists
from recommendations.store import read_lists
from runs.models import ModelVersion, Run
from runs.services import perform
from tests.conftest import PASSWORD
from tests.pipelines.test_erasure import erased_now
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.searching import places_of
from tests.shops.simulated import order_lines
from transactions.agreement import mirror_differences
from transactions.frames import mirror_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

ID = "MARK-ID-77"
PERSON = {
    "customer_id": ID,
    "name": "Zebulon Markname",
    "email": "mark.mail@example.com",
    "phone": "+49 555 0199887",
    "birth_date": "1931-07-13",
    "address": "13 Markaddress Lane",
    "region": "Markregion",
    "acquisition_channel": "Markacquired",
    "joined_at": "2019-03-17",
}
WORDS = {
    **PERSON,
    "order_id": "MARK-ORDER",
    "store": "Markstore",
    "consent's source": "Markconsent",
    "feature": "Markmood",
    "campaign": "Markanswer",
    "rejected": "Markrejected",
    "ragged": "Markragged",
    "e-mail in an address": "mark.mail%40example.com",
    "e-mail's index": email_index(PERSON["email"]).hex(),
    "name's mark": personal_mark(ID, "name", PERSON["name"]),
    "e-mail of before": "mark.before@example.com",
    "subject": "Marksubject",
    "text": "Marktext",
    "review": "Markreview",
    "visitor id": "mark-visitor-55",
    "url": "https://shop.example/markurl",
    "url of a stranger": "https://shop.example/markbefore",
    "properties": "Markproperty",
}


def files() -> dict[str, str]:
    lines = order_lines().splitlines()
    theirs = [line for line in lines if line.startswith("c17,")]
    others = [line for line in lines if not line.startswith("c17,")]
    marked = [line.replace("c17,", f"{ID},").replace(",o", ",MARK-ORDER-") for line in theirs]
    assert len(marked) > 10
    bad = [
        f"{ID},o-bad,Markrejected,p1,5,Markstore",
        f"{ID},o-ragged,2025-11-11,p1,5,Markstore,Markragged",
    ]
    orders = [f"{others[0]},store", *(f"{line}," for line in others[1:])]
    orders += [*(f"{line},Markstore" for line in marked), *bad]
    before = {**PERSON, "email": WORDS["e-mail of before"]}
    header = ",".join(PERSON)
    return {
        "customers first": f"customer_id,region\n{ID},Markregion\n",
        "customers before": f"{header}\n{','.join(before.values())}\n",
        "customers": f"{header}\n{','.join(PERSON.values())}\nc1,Kim Lee,kim@example.com"
        + "," * (len(PERSON) - 3)
        + "\n",
        "consents": "customer_id,channel,granted,at,source\n"
        f"{ID},email,yes,2025-02-01,Markconsent\nc1,email,yes,2025-02-01,shop\n",
        "order_lines": "\n".join(orders) + "\n",
        "customer_features": "customer_id,as_of,mood\n"
        f"{ID},2025-12-01,Markmood\nc1,2025-12-01,calm\n",
        "interactions": "customer_id,channel,opened_at,subject,text\n"
        f"{ID},email,2025-11-01,Marksubject,Marktext\nc1,email,2025-11-01,Hello,Hello\n",
        "feedback": "customer_id,kind,score,text,at\n"
        f"{ID},review,2,Markreview,2025-11-02\nc1,nps,9,,2025-11-02\n",
        "events before": "visitor_id,kind,at,url\n"
        f"mark-visitor-55,visit,2025-11-01,{WORDS['url of a stranger']}\nother,visit,2025-11-01,\n",
        "events": "customer_id,visitor_id,kind,at,url,properties\n"
        f'{ID},mark-visitor-55,visit,2025-11-02,{WORDS["url"]},"{{""a"": ""Markproperty""}}"\n'
        "c1,other,visit,2025-11-02,,\n",
    }


def bring_all_in(folder) -> list:
    return [bring_in(folder, text, name.split()[0]) for name, text in files().items()]


@pytest.fixture
def log(settings):
    """Where a web process of an installation writes."""
    path = settings.CBA_HOME / "logs" / "web.log"
    path.parent.mkdir(exist_ok=True)
    handler, root = logging.FileHandler(path), logging.getLogger()
    # By the method: loggers keep what they have asked before.
    level = root.level
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    yield path
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()
    path.unlink()


def leave_further_traces(folder, sue, settings) -> None:
    client = Client()
    assert client.login(email=sue.email, password=PASSWORD)
    assert client.get(f"/customers/{ID}/").status_code == 200
    assert client.get("/customers/", {"search": PERSON["email"]}).status_code == 200
    EmailMessage(f"Für {PERSON['name']}", "Grüße", to=[PERSON["email"]]).send()
    EmailMessage("Hello", "Somebody else's", to=["other@example.com"]).send()
    cache.set(f"page:{ID}", {"name": PERSON["name"], "address": PERSON["address"]})
    cache.set("page:c1", {"name": "somebody else"})
    pl.DataFrame([PERSON]).write_parquet(folder / "people.parquet")
    receive_file(path=folder / "people.parquet", kind="customers", dry_run=True, send=False)
    with (folder / "people.parquet").open("rb") as file:
        draft = begin_draft(upload=file, file_name="people.parquet")
    fix_values(draft=draft, fixes={"email": {"?": PERSON["email"], "!": "nobody@example.com"}})
    demo = settings.CBA_HOME / "demo" / "customers.parquet"
    demo.parent.mkdir(exist_ok=True)
    pl.DataFrame([PERSON]).write_parquet(demo)
    Run.objects.filter(name="refresh").update(error=f"Key (customer_id)=({ID}) is there twice.")


def write_to_them(mara, sam) -> None:
    """A campaign from its draft to the outbox, and what came of it; somebody else is in it too."""
    campaign = create_campaign(
        name="Hello again", definition={"consent": "email"}, channel="email", control_share=0.0,
        actor=mara, at=AS_OF,
        variants=[{"name": "A", "subject": "{{ name|You }}", "body": "{{ products:3|Come in }}"}],
    )  # fmt: skip
    approve_campaign(campaign=campaign, actor=sam, at=AS_OF)
    campaign = launch_campaign(campaign=campaign, actor=mara, at=AS_OF)
    assert campaign.counts["treated"] == 2
    run = request_delivery(campaign=campaign, send=False)
    assert perform(run=run, job=deliver).error == ""
    theirs = Message.objects.get(customer__customer_id=ID)
    assert theirs.state == "sent"
    Message.objects.filter(pk=theirs.pk).update(reason="451 Markanswer: try again")
    Outcome.objects.create(
        campaign=campaign, customer_id=theirs.customer_id, kind="opened", at=AS_OF
    )


def test_every_marker_is_found_before_an_erasure_and_none_after(
    tmp_path, mara, sam, sue, settings, log
):
    settings.EMAIL_BACKEND = "campaigns.outbox.FileBackend"
    bring_all_in(tmp_path)
    refreshed(AS_OF)
    write_to_them(mara, sam)
    leave_further_traces(tmp_path, sue, settings)
    pk = Customer.objects.get(customer_id=ID).pk
    before = places_of(WORDS)
    assert [name for name, places in before.items() if not places] == []
    assert before["customer_id"] >= {
        "table customers_customer", "table core_auditentry", "table runs_run", "file uploads",
        "file logs", "file demo", "cache",
    }  # fmt: skip
    assert before["feature"] >= {
        "table features_importedfeatures", "file features/snapshots", "file features/families",
    }  # fmt: skip
    assert before["rejected"] == {"table ingestion_reject", "file uploads"}
    assert before["store"] >= {"table transactions_order", "file mirror/lines"}
    assert before["e-mail of before"] >= {
        "table customers_customerevent", "table core_rowbefore", "file uploads",
    }  # fmt: skip
    said = {"customers_interaction": "text", "transactions_event": "visitor id"}
    for table, word in said.items():
        assert before[word] >= {f"table {table}", "file uploads"}
    assert before["email"] >= {
        "file outbox", "file demo", "file uploads", "table ingestion_draft",
    }  # fmt: skip
    assert before["e-mail in an address"] == {"file logs"}
    assert ModelVersion.objects.filter(name="recommendations", promoted=True).exists()
    assert pk in _pks_of_lists()

    run = erased_now(ID)

    time.sleep(1)  # Valkey writes its log anew beside its work.
    after = places_of(WORDS)
    assert {name: places for name, places in after.items() if places} == {}
    assert pk not in _pks_of_lists()
    assert pk not in _pks_of_features()
    assert mirror_lines().filter(pl.col("customer_pk") == pk).collect().height == 0
    assert mirror_differences() == []
    assert cache.get("page:c1") == {"name": "somebody else"}
    outbox = "".join(path.read_text() for path in settings.EMAIL_FILE_PATH.glob("*"))
    assert (outbox.count("To: other@example.com"), outbox.count("To: kim@example.com")) == (1, 1)
    touched = run.result["touched"]
    assert touched["transactions"]["transactions.Event"] == 2
    rows = ("campaigns.Assignment", "campaigns.Message", "campaigns.Outcome")
    assert touched["campaigns"] == dict.fromkeys(rows, 1)
    assert touched["ingestion"]["rejected rows"] == 2
    assert touched["ingestion"]["fixed values"] == 1
    assert Draft.objects.get().mapping["fixes"] == {"email": {"!": "nobody@example.com"}}
    assert (touched["pipelines"]["messages"], touched["pipelines"]["errors of runs"]) == (2, 1)

    again = bring_all_in(tmp_path)
    refreshed(AS_OF)
    assert [load.rejected for load in again[:4]] == [1, 1, 1, 1]
    assert [load.rejected for load in again[-4:]] == [1, 1, 1, 1]
    assert not Customer.objects.filter(customer_id=ID).exists()
    values = Reject.objects.filter(load__in=again).values_list("reason", "value").order_by()
    assert set(values) == {("erased on request", "")}
    assert {name: places for name, places in places_of(WORDS).items() if places} == {}


def _pks_of_lists() -> set[int]:
    files = [read_lists(lists.path) for lists in RecommendationLists.objects.all()]
    return {pk for file in files for pk in file["customer_pk"]}


def _pks_of_features() -> set[int]:
    paths = FeatureFile.objects.values_list("path", flat=True)
    frames = [pl.read_parquet(path) for path in paths] + [snapshot().collect()]
    return {pk for frame in frames for pk in frame["customer_pk"]}
