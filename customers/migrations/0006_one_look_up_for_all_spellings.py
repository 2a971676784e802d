"""Look-ups of e-mail and telephone of rows from before they were equal for all spellings."""

import pgtrigger
from django.db import migrations

from core.encryption import decrypt
from customers.contact_indexes import email_index, phone_index

AT_ONCE = 2_000


def index_anew(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor, _without_history():
        last = 0
        while True:
            cursor.execute(
                "SELECT id, email, phone FROM customers_customer WHERE id > %s"
                " AND (email IS NOT NULL OR phone IS NOT NULL) ORDER BY id LIMIT %s",
                [last, AT_ONCE],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.execute(
                "UPDATE customers_customer c SET email_index = n.email, phone_index = n.phone"
                " FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS n(id, email, phone)"
                " WHERE c.id = n.id",
                [
                    [pk for pk, _, _ in rows],
                    [email and email_index(decrypt(email)) for _, email, _ in rows],
                    [phone and phone_index(decrypt(phone)) for _, _, phone in rows],
                ],
            )
            last = rows[-1][0]


def _without_history():
    """Nothing is said of the customers that was not said before."""
    return pgtrigger.ignore("customers.Customer:update_update")


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_who_is_who")]
    operations = [migrations.RunPython(index_anew, migrations.RunPython.noop)]
