"""Series with a served counter: complete at New Year, and as `docs/series.md` prints."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from atomic_counter.client import (
    AsyncCounterClient,
    AsyncSeries,
    AsyncTableClient,
    CounterClient,
    LimitReachedError,
    Series,
    TableClient,
)
from atomic_counter.commands.register import examine
from atomic_counter.options import AppOptions
from tests.counter_under_test import local_dynamodb
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file
from tests.unit.client.fakes import FakeSource

PAGE = Path("docs/series.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PRINTED = r"^(\w.*?)  # (\".*\"|\d+)$"
DAY = date(2026, 5, 4)
CLIENTS, DOCUMENTS_OF_EACH = 16, 12


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("series")
    template = template_file(AppOptions(documents=True), folder)
    with serve(template, "--data", folder / "data", "--lose-one-in", "10") as counter:
        yield counter


def test_both_series_are_complete_at_new_year_east_of_utc(served: ServedCounter) -> None:
    name = f"invoices-{uuid4()}"
    form: dict[str, Any] = {"key": name + "-{date:%Y}", "text": "INV-{date:%Y}-{number:03}"}
    midnight = datetime(2026, 12, 31, 11, tzinfo=UTC)  # In Auckland.
    with ExitStack() as cleanup, ThreadPoolExecutor(CLIENTS) as threads:
        clients = [cleanup.enter_context(CounterClient(served.url)) for _ in range(CLIENTS)]

        def assign(client: int) -> list[str]:
            series = Series(clients[client], **form, time_zone="Pacific/Auckland")
            return [
                series.assign(f"{client}-{n}", midnight - timedelta(seconds=n % 2)).text
                for n in range(DOCUMENTS_OF_EACH)
            ]

        texts = [text for listed in threads.map(assign, range(CLIENTS)) for text in listed]
    of_each_year = range(1, CLIENTS * DOCUMENTS_OF_EACH // 2 + 1)
    assert sorted(texts) == [f"INV-{year}-{n:03}" for year in (2026, 2027) for n in of_each_year]
    for year in ("2026", "2027"):
        key = f"{name}-{year}"
        series, findings = examine(local_dynamodb(served.endpoint), served.table.name, key)
        assert (findings, sorted(series[key].documents)) == ({}, [*of_each_year])


def test_series_of_every_client_have_the_same_numbers(served: ServedCounter) -> None:
    form: dict[str, Any] = {"key": str(uuid4()), "text": "{number:01}"}
    session = boto3.Session("id", "secret", region_name="us-east-1")
    table: dict[str, Any] = {"session": session, "endpoint_url": served.endpoint}

    async def assign(client: AsyncCounterClient | AsyncTableClient, documents: str) -> list[str]:
        async with client:
            numbers = await AsyncSeries(client, **form).assign_many([*documents])
            return [number.text for number in numbers]

    with CounterClient(served.url) as client:
        assert Series(client, **form).assign("b").text == "1"
    with TableClient(served.table.name, **table) as table_client:
        assert Series(table_client, **form).assign("a").text == "2"
    assert asyncio.run(assign(AsyncCounterClient(served.url), "abc")) == ["2", "1", "3"]
    async_table_client = AsyncTableClient(served.table.name, **table)
    assert asyncio.run(assign(async_table_client, "dabc")) == ["4", "2", "1", "3"]


def run(program: str, names: dict[str, Any]) -> int:
    """Run an example, and return how many values it prints, which are the right ones."""
    printed = re.findall(PRINTED, program, re.MULTILINE)
    exec(re.sub(PRINTED, "", program, flags=re.MULTILINE), names)
    for expression, value in printed:
        assert eval(expression, names) == eval(value), expression
    return len(printed)


def test_page_returns_the_printed_values_from_top_to_bottom(served: ServedCounter) -> None:
    names: dict[str, Any] = {}
    for block in BLOCKS:
        assert run(block.replace("http://127.0.0.1:8080/prod/counter", served.url), names) > 0
    names["client"].close()


def test_recipe_for_a_full_series_keeps_every_text_on_a_retry(served: ServedCounter) -> None:
    (recipe,) = (block for block in BLOCKS if "narrow" in block)
    with CounterClient(served.url) as client:
        names = {"client": client, "Series": Series, "LimitReachedError": LimitReachedError}
        exec(recipe.partition("\ntexts")[0].replace("orders", str(uuid4())), names)
        assign: Any = names["assign"]
        first = [assign(str(n), DAY).text for n in range(1, 13)]
        again = [assign(str(n), DAY).text for n in range(1, 13)]
        new = names["wide"].assign_many(["13", "14"], DAY)  # type: ignore[attr-defined]
    assert first == again
    assert first == [f"ORD-2026-{n}" if n < 10 else f"ORD-2026-{n:05}" for n in range(1, 13)]
    assert [each.text for each in new] == ["ORD-2026-00013", "ORD-2026-00014"]


def test_exchanged_digits_raise_as_printed() -> None:
    (program,) = re.findall(r"^members = .*$", PAGE, re.MULTILINE)
    ((call, text),) = re.findall(r"`(members\.parse\(\"(\S+)\"\))`", PAGE)
    names: dict[str, Any] = {"client": FakeSource(), "Series": Series}
    exec(program, names)
    with pytest.raises(ValueError, match=f"check digit, got '{text}'"):
        eval(call, names)


def test_number_for_india_has_16_characters() -> None:
    (text,) = re.findall(r'"(INV/\S+)"$', PAGE, re.MULTILINE)
    assert len(text) == 16
