"""The table browser finds the engine of the counter that is served."""

from pathlib import Path

import pytest

from atomic_counter.local import LocalError
from atomic_counter.local.dynamodb import endpoint_of
from atomic_counter.local.table import main
from tests.serving import serve


def test_a_served_counters_data_tell_its_endpoint_as_long_as_it_is_served(
    template: Path, tmp_path: Path
) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert endpoint_of(tmp_path) == counter.endpoint
    with pytest.raises(LocalError):
        endpoint_of(tmp_path)


def test_the_endpoint_of_a_counter_that_was_killed_is_none(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "endpoint").write_text(counter.endpoint)
    with pytest.raises(LocalError):
        endpoint_of(tmp_path / "copy")


def test_where_nothing_is_served_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path)]) == 1
    error = (
        f"error: no counter is served with the data in {tmp_path}: make serve, and leave it on\n"
    )
    assert capsys.readouterr().err == error
