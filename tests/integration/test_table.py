"""The table browser finds the engine of the served counter."""

import socket
from pathlib import Path

import pytest

from atomic_counter.local.dynamodb import EngineError, running_endpoint
from tests.served_counter import run_command, serve


def test_data_folder_has_the_endpoint_while_the_counter_is_served(
    template: Path, tmp_path: Path
) -> None:
    with serve(template, "--data", tmp_path) as counter:
        assert running_endpoint(tmp_path) == counter.endpoint
    with pytest.raises(EngineError):
        running_endpoint(tmp_path)


def test_endpoint_of_a_killed_counter_is_ignored(template: Path, tmp_path: Path) -> None:
    with serve(template, "--data", tmp_path) as counter:
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "endpoint").write_text(counter.endpoint)
    with pytest.raises(EngineError):
        running_endpoint(tmp_path / "copy")


def test_table_without_a_served_counter_says_what_to_do(tmp_path: Path) -> None:
    error = f"error: no counter is served with the data in {tmp_path}: run make serve meanwhile\n"
    assert run_command("table", "--data", tmp_path) == (2, error)


def test_taken_port_of_the_table_browser_is_named(template: Path, tmp_path: Path) -> None:
    with (
        serve(template, "--data", tmp_path),
        socket.create_server(("127.0.0.1", 0)) as taken,
    ):
        port = taken.getsockname()[1]
        error = f"error: can't listen on port {port}: Address already in use; choose another port"
        assert run_command("table", "--data", tmp_path, "--port", port)[1].startswith(error)
