"""Files of a folder, here or in an S3-compatible store: each new or changed one is read once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from core.contracts.connector import (
    Batch,
    Connector,
    Cursor,
    Found,
    Reach,
    SourceRefused,
    asked,
    secret,
)

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

MOST_FILES = 50_000
SAMPLE_BYTES = 32 * 2**20
TIMEOUT_SECONDS = 20
S3 = "s3://"


@dataclass(frozen=True)
class Folder(Connector):
    key: ClassVar[str] = "folder"
    title: ClassVar[str] = "Folder of files"
    says: ClassVar[str] = "A folder on the server, or a bucket of an S3-compatible store"

    folder: str = asked(label="Folder", help="/srv/exports, or s3://bucket/exports")
    pattern: str = asked("*", label="Files", help="By name: orders-*.csv")
    settle_seconds: int = asked(
        5,
        label="Seconds of rest",
        help="A file that was written to more recently is left for next time",
        least=0,
        most=86_400,
    )
    endpoint: str = asked("", label="Address of the store", help="Empty: Amazon’s own")
    region: str = asked("", label="Region")
    access_key: str = asked("", label="Access key")
    secret_key: str = secret(label="Secret key")

    def test(self, reach: Reach) -> Found:
        with _plainly(self.folder):
            files = self._files(reach)
        if not files:
            return Found(f"The folder answers; no file in it is called like {self.pattern or '*'}.")
        newest = _newest(files)
        many = "1 file is" if len(files) == 1 else f"{len(files):,} files are"
        return Found(f"{many} called like {self.pattern or '*'}; the newest is {newest.base_name}.")

    @classmethod
    def hints(cls, reach: Reach) -> dict[str, str]:
        below = " or ".join(str(root) for root in reach.folders)
        return {"folder": f"{below}, what is below, or s3://bucket/exports"} if below else {}

    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        read: dict[str, str] = dict(cursor.get("files", {}))
        with _plainly(self.folder):
            files = self._files(reach)
            there = {file.path for file in files}
            read = {path: state for path, state in read.items() if path in there}
            for file in files:
                # An empty one may be about to be written, and has no rows to be missed.
                if not file.size or read.get(file.path) == _state(file) or not self._rests(file):
                    continue
                read[file.path] = _state(file)
                with self._system(reach).open_input_stream(file.path) as content:
                    yield Batch(cursor={"files": dict(read)}, name=file.base_name, file=content)

    def sample(self, reach: Reach) -> Batch | None:
        """The newest file that is small enough."""
        with _plainly(self.folder):
            files = self._files(reach)
            filled = [file for file in files if file.size]
            small = [file for file in filled if file.size <= SAMPLE_BYTES]
            if not small:
                if filled:
                    raise SourceRefused(
                        "Its files are too large to look at in passing. Bring a smaller one of"
                        " their kind in as a file, keep its mapping, and choose that here."
                    )
                return None
            newest = _newest(small)
            with self._system(reach).open_input_file(newest.path) as content:
                return Batch(cursor={}, name=newest.base_name, file=BytesIO(content.read()))

    def _files(self, reach: Reach) -> list[FileInfo]:
        """By name: exports are numbered or dated, and enter in that order."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(self._path(reach), recursive=True)
        found = [
            file
            for file in self._system(reach).get_file_info(selector)
            if file.type == FileType.File and fnmatchcase(file.base_name, self.pattern or "*")
        ]
        if len(found) > MOST_FILES:
            raise SourceRefused(
                f"More than {MOST_FILES:,} files are called like {self.pattern}. Move away those"
                " that were read, or name fewer."
            )
        return sorted(found, key=lambda file: file.path)

    def _rests(self, file: FileInfo) -> bool:
        if file.mtime is None:
            return True
        return (datetime.now(UTC) - file.mtime).total_seconds() >= self.settle_seconds

    def _path(self, reach: Reach) -> str:
        if self.folder.startswith(S3):
            return self.folder.removeprefix(S3).strip("/")
        path = Path(self.folder).resolve()
        if not any(path.is_relative_to(root.resolve()) for root in reach.folders):
            listed = ", ".join(str(root) for root in reach.folders) or "none"
            raise SourceRefused(
                f"{self.folder} is not among the folders that may be read: {listed}. Whoever runs"
                " this installation adds it by SOURCE_FOLDERS."
            )
        return str(path)

    def _system(self, reach: Reach) -> FileSystem:
        from pyarrow.fs import LocalFileSystem, S3FileSystem

        if not self.folder.startswith(S3):
            return LocalFileSystem()
        words: dict[str, Any] = {
            "access_key": self.access_key or None,
            "secret_key": self.secret_key or None,
            "region": self.region or "us-east-1",
            "connect_timeout": TIMEOUT_SECONDS,
            "request_timeout": TIMEOUT_SECONDS,
        }
        if not self.access_key:
            words["anonymous"] = True
        if self.endpoint:
            scheme, _, host = self.endpoint.rpartition("://")
            words |= {"endpoint_override": host.rstrip("/"), "scheme": scheme or "https"}
        return S3FileSystem(**words)


def _newest(files: list[FileInfo]) -> FileInfo:
    return max(files, key=lambda file: (file.mtime_ns or 0, file.path))


def _state(file: FileInfo) -> str:
    return f"{file.size}-{file.mtime_ns}"


@contextmanager
def _plainly(folder: str) -> Iterator[None]:
    """What a store answers, in words."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceRefused(f"There is no folder {folder}. Make it, or name another.") from error
    except NotADirectoryError as error:
        raise SourceRefused(
            f"{folder} is a file. Name the folder that it lies in, and the file below that."
        ) from error
    except PermissionError as error:
        raise SourceRefused(f"{folder} may not be read with these keys.") from error
    except OSError as error:
        why = " ".join(str(error).split())[:300]
        raise SourceRefused(f"{folder} does not answer: {why}") from error
