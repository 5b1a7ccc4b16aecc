"""Files that are written whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Provide the path of a new file, which replaces `path` at the end of the block.

    After an exception, such as on a full disk or an interrupt, `path` is as it was.

    Raises:
        OSError: The file can't be written. Its name is that of `path`.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():  # A device or a pipe, such as /dev/stdout.
        yield target
        return
    part = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        part.unlink(missing_ok=True)
