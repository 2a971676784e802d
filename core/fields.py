from django.db import models

from core.encryption import decrypt, encrypt


class EncryptedTextField(models.BinaryField):
    """Text to Python, AES-GCM bytes to the database; a search needs a blind index beside it."""

    def get_prep_value(self, value: str | bytes | None) -> bytes | None:
        if value is None or isinstance(value, bytes | memoryview):
            return value
        return encrypt(value)

    def from_db_value(self, value: memoryview | None, *_: object) -> str | None:
        return None if value is None else decrypt(value)
