"""The examples of `docs/aws-code.md` work as printed, with a counter on this machine."""

import re
import runpy
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.client import RecordRefusedError
from atomic_counter.commands.cost import ITEM_UNITS, REQUEST_TIERS, WRITE
from atomic_counter.options import AppOptions
from tests.counter_under_test import LOCAL, create_table, local_dynamodb, local_table
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

PAGE = Path("docs/aws-code.md").read_text(encoding="utf-8")
USE, GRANTS, RECORD, REFUSAL = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SERVICE = Path("examples/invoice_service")

Handle = Callable[[dict[str, str], None], dict[str, int]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounter]:
    folder = tmp_path_factory.mktemp("documents")
    template = template_file(AppOptions(documents=True), folder)
    with serve(template, "--data", folder / "data") as counter:
        yield counter


@pytest.fixture
def invoices(served: ServedCounter, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table of invoices. The environment is that of the function."""
    table = create_table(local_dynamodb(served.endpoint), "id")
    variables = {name.upper(): value for name, value in LOCAL.items()}
    variables |= {"AWS_DEFAULT_REGION": variables.pop("REGION_NAME")}
    variables |= {"TABLE": served.table.name, "INVOICES": table}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", served.endpoint)
    return local_table(served.endpoint, table)


@pytest.fixture
def handle(invoices: Any) -> Handle:  # noqa: ARG001 (it sets the environment)
    """The function of the example, in a new process of Lambda."""
    found: Handle = runpy.run_path(str(SERVICE / "handler.py"))["handle"]
    return found


@pytest.mark.usefixtures("invoices")
def test_example_of_use_runs_as_printed() -> None:
    names: dict[str, Any] = {}
    exec(USE, names)
    numbers = [names["handle"]({"id": event}, None)["number"] for event in ("a", "b", "a")]
    assert numbers == [1, 2, 1]


def test_page_prints_the_code_of_the_example() -> None:
    assert (SERVICE / "handler.py").read_text().endswith(f'"""\n\n{RECORD}')
    stack = (SERVICE / "app.py").read_text()
    assert all(f"        {line}\n" in stack for line in GRANTS.splitlines())


def test_function_writes_an_invoice_with_its_number_once(handle: Handle, invoices: Any) -> None:
    orders = [{"order": order, "date": "2025-01-01"} for order in ("a", "b", "a")]
    assert [handle(order, None)["number"] for order in orders] == [1, 2, 1]
    written = {item["id"]: item["number"] for item in invoices.scan()["Items"]}
    assert written == {"a": 1, "b": 2}


def test_number_of_an_invoice_that_exists_is_not_issued(
    served: ServedCounter, handle: Handle, invoices: Any
) -> None:
    invoices.put_item(Item={"id": "old"})
    with pytest.raises(RecordRefusedError, match="Put in id-"):
        handle({"order": "old", "date": "2024-12-31"}, None)
    assert served.current("invoices-2024").text == "0"


def test_example_of_a_refusal_runs_as_printed(
    handle: Handle, invoices: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    invoices.put_item(Item={"id": "order-18"})
    exec(REFUSAL, {"handle": handle})
    assert capsys.readouterr().out == f"0 {invoices.name} ConditionalCheckFailed\n"


def usd(amount: float) -> str:
    """Return an amount with two digits that count, half a cent up."""
    digits = "0.01" if amount > 0.1 else "0.001"
    return str(Decimal(amount).quantize(Decimal(digits), ROUND_HALF_UP))


def test_page_states_the_cost_of_a_million() -> None:
    request, unit = REQUEST_TIERS[0][1], WRITE
    document, record = 2 * ITEM_UNITS * unit, 3 * ITEM_UNITS * unit
    expected = [[usd(request + unit), usd(unit)]]
    expected += [[usd((request + unit) / 100), usd(unit / 100)]]
    expected += [[usd(request + document), usd(document)], ["", usd(record)]]
    rows = re.findall(r"^\| (?:numbers|documents),.+?\|(.*)\|(.*)\|$", PAGE, re.MULTILINE)
    assert [[cell.strip() for cell in row] for row in rows] == expected
