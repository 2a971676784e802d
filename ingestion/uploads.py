"""Files on their way in, copied whole into CBA_HOME: a load can be repeated after a kill."""

import errno
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core.errors import NotFound, Refused
from core.formats import whole
from ingestion.models import Load

CHUNK_BYTES = 1 << 20
# The disk, somebody's share of it, or the largest file that the system writes.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileTooLarge(Refused):
    code = "file_too_large"
    status = 413


class NoRoom(Refused):
    code = "no_room"
    status = 507


def keep(file: BinaryIO) -> tuple[Path, str]:
    """Copy a file into the uploads; its path and SHA-256. Nothing stays of a refused file."""
    return keep_pieces(_chunks(file))


def keep_pieces(pieces: Iterable[bytes]) -> tuple[Path, str]:
    folder = settings.CBA_HOME / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    digest = hashlib.sha256()
    with written(path) as target:
        for chunk in pieces:
            digest.update(chunk)
            target.write(chunk)
    return path, digest.hexdigest()


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write whole: whatever goes wrong, nothing of it stays."""
    try:
        with path.open("wb") as target:
            yield target
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise NoRoom(
                "There is no room left to keep the file; nothing of it was kept. Make room on the"
                " disk of CBA_HOME, and bring it in again."
            ) from error
        raise


def keep_again(path: Path) -> Path:
    """A kept file under a further name, to be emptied and thrown away on its own."""
    again = path.with_name(uuid.uuid4().hex)
    try:
        again.hardlink_to(path)
    except OSError:
        # Not every file system lets a file have two names.
        with path.open("rb") as file:
            again, _ = keep(file)
    return again


def keep_either(path: Path | None, upload: BinaryIO | None) -> tuple[Path, str]:
    """An open upload, or the file of a path."""
    if upload is not None:
        return keep(upload)
    if path is None or not path.is_file():
        raise NotFound(f"There is no file {path}.")
    with path.open("rb") as file:
        return keep(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    read = 0
    while chunk := file.read(CHUNK_BYTES):
        read += len(chunk)
        if read > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 1024**2
            raise FileTooLarge(
                f"The file is larger than {whole(limit)} MB. Split it, or raise the limit."
            )
        yield chunk


def unlink_read(load: Load) -> None:
    """Rows that entered are in the record; a report with rejects keeps the file that it quotes."""
    if not load.rejected:
        Path(load.file_path).unlink(missing_ok=True)
