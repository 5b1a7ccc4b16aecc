"""A counter of the 2021 pattern is served beside the new one, and migrates to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from atomic_counter.__main__ import main
from atomic_counter.options import AppOptions
from atomic_counter.tooling.gateway_process import run_gateway
from tests.synthesis import template_file

PATTERN = Path(__file__).with_name("pattern_of_2021.json")


@dataclass
class BothCounters:
    """The old counter and the new one, in one engine."""

    old_url: str
    new_url: str
    table: str
    endpoint: str

    def old(self, key: str = "system-aa") -> str:
        return requests.get(self.old_url, {"systemKey": key}, timeout=60).text

    def new(self, key: str = "system-aa") -> requests.Response:
        return requests.get(self.new_url, {"systemKey": key}, timeout=60)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[BothCounters]:
    new = template_file(AppOptions(keys="registered"), tmp_path)
    templates: list[str | Path] = ["--template", PATTERN, "--template", new]
    with run_gateway(*templates, "--data", tmp_path / "data") as gateway:
        old_stack, new_stack = gateway.stacks
        old_url = f"{old_stack.url.removesuffix('/prod/')}/prod/counter"
        yield BothCounters(old_url, new_stack.url, new_stack.table, gateway.endpoint)


@pytest.mark.usefixtures("credentials")
def test_nothing_repeats_when_the_old_counter_is_migrated(both: BothCounters) -> None:
    before = [both.old() for _ in range(3)]
    assert both.new().status_code == 404
    assert main(["migrate", "atomicCounter", both.table, "--endpoint-url", both.endpoint]) == 0
    after = [both.new().text for _ in range(2)]
    assert [*before, *after] == ["1", "2", "3", "4", "5"]


def test_seed_does_not_set_a_counter_back_after_a_restart(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        with run_gateway("--template", PATTERN, "--data", tmp_path) as gateway:
            (stack,) = gateway.stacks
            url = f"{stack.url.removesuffix('/prod/')}/prod/counter"
            found.append(requests.get(url, {"systemKey": "system-aa"}, timeout=60).text)
    assert found == ["1", "2"]


def test_old_counter_behaves_as_in_aws(both: BothCounters) -> None:
    unknown = requests.get(both.old_url, {"systemKey": "unknown"}, timeout=60)
    assert (unknown.status_code, unknown.text) == (200, "")
    missing = requests.get(both.old_url, timeout=60)
    assert missing.status_code == 200
    assert requests.post(both.old_url, timeout=60).status_code == 403
