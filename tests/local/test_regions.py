"""Two Regions on one machine: two gateways, each with its own template, over one engine."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from atomic_counter import migrate
from atomic_counter.audit.failover import audit_failover
from atomic_counter.client import CounterClient
from atomic_counter.local import process
from tests.serving import fail, serve
from tests.synthesis import OF_TWO, template_files


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return template_files(OF_TWO, tmp_path_factory.mktemp("cdk.out"))


def arguments(templates: list[Path]) -> list[str | Path]:
    return [word for template in templates for word in ("--template", template)]


def urls(said: str) -> dict[str, str]:
    """By the names of their stacks."""
    return dict(re.findall(r"^(\S+)\.apigwcounterurl = ([^?\s]+)\?", said, re.MULTILINE))


def test_one_command_serves_a_url_for_each_region_and_they_count_together(
    templates: list[Path], tmp_path: Path
) -> None:
    with process.serve(*arguments(templates), "--data", tmp_path) as served:
        found = urls(served.said)
        assert list(found) == [template.name.partition(".")[0] for template in templates]
        request = {"systemKey": "a"}
        numbers = [requests.get(url, request, timeout=9).text for url in [*found.values()] * 2]
        assert numbers == ["1", "2", "3", "4"]
        request["idempotencyKey"] = str(uuid4())
        numbers = [requests.get(url, request, timeout=9).text for url in found.values()]
        assert numbers == ["5", "5"]


def test_each_region_has_an_api_key_of_its_own(tmp_path: Path) -> None:
    files = template_files(replace(OF_TWO, authorization="api-key"), tmp_path)
    with process.serve(*arguments(files), "--data", tmp_path / "data") as served:
        api_keys = re.findall(r"^API key of \S+, .*: (.+)$", served.said, re.MULTILINE)
        assert len(set(api_keys)) == 2
        client = CounterClient(list(urls(served.said).values()), api_key=api_keys)
        assert client.next("a") == 1


def test_a_port_that_there_is_not_is_named(templates: list[Path], tmp_path: Path) -> None:
    status, said = fail("--port", "65535", *arguments(templates), "--data", tmp_path)
    assert (status, "cannot listen on port 65536 of 127.0.0.1" in said) == (1, True)


def test_a_region_that_is_lost_takes_no_number_with_it(
    templates: list[Path], tmp_path: Path
) -> None:
    report = audit_failover(templates, tmp_path, range(3))
    assert (report.repeats, report.gaps, report.unanswered) == (0, 0, [])
    assert len(report.lost) == 3
    assert report.taken > 600


def test_a_counter_of_one_region_moves_into_three_as_the_guide_says(
    template: Path, templates: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "local")
    shut = template_files(replace(OF_TWO, keys="registered"), tmp_path)
    with serve(template, "--data", tmp_path / "data") as old:
        numbers = [int(old.next("a")) for _ in range(5)]
        elsewhere = ("--dynamodb-endpoint", old.endpoint)
        with process.serve(*arguments(shut), *elsewhere) as served:
            refused = [
                requests.get(u, {"systemKey": "a"}, timeout=9) for u in urls(served.said).values()
            ]
            assert [answer.status_code for answer in refused] == [404, 404]
            command = [old.table.name, served.table, "--endpoint-url", old.endpoint]
            assert migrate.main(command) == 0
        with process.serve(*arguments(templates), *elsewhere) as served:
            client = CounterClient(list(urls(served.said).values()))
            numbers += [client.next("a"), client.next("a"), client.next("new")]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 1]
