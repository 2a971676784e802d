"""An S3-compatible store that speaks over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

ACCESS_KEY, SECRET_KEY = "reader", "a secret key"
BUCKET = "exports"


@dataclass(frozen=True)
class Store:
    endpoint: str

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
        )

    def put(self, name: str, text: str) -> None:
        self.client.put_object(Bucket=BUCKET, Key=name, Body=text.encode())


@contextmanager
def store() -> Iterator[Store]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = Store(f"http://{host}:{port}")
    found.client.create_bucket(Bucket=BUCKET)
    try:
        yield found
    finally:
        server.stop()
