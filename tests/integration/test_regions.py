"""Two Regions on one machine: two gateways, each with its own template, over one engine."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from atomic_counter.client import CounterClient
from atomic_counter.commands.failover import run_failover
from atomic_counter.tooling.gateway_process import GatewayProcess, run_gateway
from tests.served_counter import run_command, serve, serve_error
from tests.synthesis import TWO_REGIONS, template_files


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return template_files(TWO_REGIONS, tmp_path_factory.mktemp("cdk.out"))


def arguments(templates: list[Path]) -> list[str | Path]:
    return [word for template in templates for word in ("--template", template)]


def urls(gateway: GatewayProcess) -> list[str]:
    return [stack.url for stack in gateway.stacks]


def test_one_command_serves_every_region_and_they_share_a_count(
    templates: list[Path], tmp_path: Path
) -> None:
    with run_gateway(*arguments(templates), "--data", tmp_path) as served:
        found = urls(served)
        names = [stack.name for stack in served.stacks]
        assert names == [template.name.partition(".")[0] for template in templates]
        request = {"systemKey": "a"}
        numbers = [requests.get(url, request, timeout=60).text for url in found * 2]
        assert numbers == ["1", "2", "3", "4"]
        request["idempotencyKey"] = str(uuid4())
        numbers = [requests.get(url, request, timeout=60).text for url in found]
        assert numbers == ["5", "5"]


def test_each_region_has_its_own_api_key(tmp_path: Path) -> None:
    files = template_files(replace(TWO_REGIONS, authorization="api-key"), tmp_path)
    with run_gateway(*arguments(files), "--data", tmp_path / "data") as served:
        api_keys = [api_key for stack in served.stacks for api_key in stack.api_keys]
        assert len(set(api_keys)) == 2
        client = CounterClient(urls(served), api_key=api_keys)
        assert client.next("a") == 1


def test_port_beyond_the_last_one_is_named(templates: list[Path], tmp_path: Path) -> None:
    error = serve_error("--port", "65535", *arguments(templates), "--data", tmp_path)
    assert error.startswith("error: can't listen on port 65536 of 127.0.0.1: ")


def test_loss_of_a_region_loses_no_number(templates: list[Path], tmp_path: Path) -> None:
    report = run_failover(templates, tmp_path, range(3))
    assert (report.duplicates, report.gaps, report.failures) == (0, 0, [])
    assert len(report.losses) == 3
    assert report.current > 600


def test_counter_of_one_region_moves_into_three_as_documented(
    template: Path, templates: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "local")
    shut = template_files(replace(TWO_REGIONS, keys="registered"), tmp_path)
    with serve(template, "--data", tmp_path / "data") as old:
        numbers = [int(old.next("a")) for _ in range(5)]
        elsewhere = ("--dynamodb-endpoint", old.endpoint)
        with run_gateway(*arguments(shut), *elsewhere) as served:
            refused = [requests.get(u, {"systemKey": "a"}, timeout=60) for u in urls(served)]
            assert [response.status_code for response in refused] == [404, 404]
            tables = [old.table.name, served.table]
            assert run_command("migrate", *tables, "--endpoint-url", old.endpoint) == (0, "")
        with run_gateway(*arguments(templates), *elsewhere) as served:
            client = CounterClient(urls(served))
            numbers += [client.next("a"), client.next("a"), client.next("new")]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 1]
