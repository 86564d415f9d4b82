"""A folder on a file system that several machines share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.fs

from fizzog_core.errors import ExportError

arrow_fs: Any = pyarrow.fs  # implemented in C, without types


class Location(NamedTuple):
    """A folder that every worker can reach: a shared folder or ``s3://bucket/prefix``."""

    uri: str

    def files(self) -> tuple[Any, str]:
        """The file system and the folder's path in it. Raises ExportError for an unknown or unreachable address."""
        return _file_system(self.uri if "://" in self.uri else str(Path(self.uri).resolve()))

    def name_of(self, picture: str) -> str:
        """The ``source`` of an image of this folder in the rows; without the options of an address."""
        folder = self.uri.partition("?")[0] if "://" in self.uri else self.uri
        return f"{folder.rstrip('/')}/{picture}"


@lru_cache
def _file_system(uri: str) -> tuple[Any, str]:
    """Cached: each S3 file system has its own client and connections."""
    try:
        return arrow_fs.FileSystem.from_uri(uri)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ExportError(f"{uri} is no folder or bucket that can be reached: {error}.") from None
