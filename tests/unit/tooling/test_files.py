"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from atomic_counter.tooling.files import written_whole


def test_file_is_replaced_at_the_end_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    path.chmod(0o640)
    with written_whole(path) as part:
        part.write_text("new")
        assert (path.read_text(), part.suffix) == ("old", ".csv")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("a"), OSError(28, "full")])
def test_file_is_as_it_was_after_an_exception(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def fail() -> None:
        with written_whole(path) as part:
            part.write_text("new")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_link_and_device_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    for path in (tmp_path / "link", Path(os.devnull)):
        with written_whole(path) as part:
            part.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a.csv"
    message = rf"No such file or directory: '{path}'"
    with pytest.raises(OSError, match=message), written_whole(path) as part:
        part.write_text("new")
