"""The cost follows from the prices and the template's own settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.__main__ import main
from atomic_counter.commands.cost import cost_rows, monthly_cost
from atomic_counter.options import AppOptions
from tests.synthesis import (
    THREE_REGIONS,
    TWO_REGIONS,
    synthesize_all,
    template_file,
    template_files,
)

MILLION = 1_000_000
DEPLOYMENTS = (AppOptions(), TWO_REGIONS, THREE_REGIONS)
RATE = {"Metrics": [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]}


def documents(options: AppOptions) -> list[Mapping[str, Any]]:
    return [template.to_json() for template in synthesize_all(options).values()]


def monthly(options: AppOptions, numbers: int, block: int = 1) -> dict[str, float]:
    return monthly_cost(documents(options), numbers, block)


def test_idle_counter_costs_its_alarms_and_dashboard() -> None:
    idle = monthly(AppOptions(), 0)
    assert {name: usd for name, usd in idle.items() if usd} == {"alarms": 0.4, "dashboards": 3.0}
    assert sum(monthly(AppOptions(monitoring=False), 0).values()) == 0


def test_million_numbers_cost_their_requests_and_writes() -> None:
    million = monthly(AppOptions(monitoring=False), MILLION)
    assert {name: usd for name, usd in million.items() if usd} == {"requests": 3.5, "writes": 0.625}


def test_blocks_divide_the_cost_of_requests() -> None:
    options = AppOptions(monitoring=False, access_logs=True, tracing=True)
    by_block, one_by_one = monthly(options, MILLION, 1000), monthly(options, 1000)
    assert by_block == one_by_one


def test_requests_beyond_a_tier_cost_the_price_of_the_next() -> None:
    expected = 333 * 3.50 + 667 * 2.80 + 19_000 * 2.38 + 5 * 1.51
    assert monthly(AppOptions(), 20_005 * MILLION)["requests"] == pytest.approx(expected)


def test_logs_and_traces_cost_if_the_template_has_them() -> None:
    plain = monthly(AppOptions(), MILLION)
    watched = monthly(AppOptions(access_logs=True, tracing=True), MILLION)
    assert (plain["logs"], plain["traces"]) == (0, 0)
    assert 0.1 < watched["logs"] < 0.5


def test_traces_are_one_request_a_second_and_a_twentieth_of_the_rest() -> None:
    options, seconds = AppOptions(tracing=True), 365 * 24 * 60 * 60 / 12
    assert monthly(options, MILLION)["traces"] == 5
    expected = 5 * (seconds + 0.05 * (1000 * MILLION - seconds)) / MILLION
    assert monthly(options, 1000 * MILLION)["traces"] == pytest.approx(expected)


@pytest.mark.parametrize(("alarm", "usd"), [({"MetricName": "Count"}, 0.1), (RATE, 0.2)])
def test_alarm_costs_by_its_number_of_metrics(alarm: dict[str, Any], usd: float) -> None:
    resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
    assert monthly_cost([{"Resources": {"Alarm": resource}}], 0)["alarms"] == usd


def test_write_costs_in_each_serving_region_and_not_in_the_witness() -> None:
    one, two, three = (monthly(options, MILLION) for options in DEPLOYMENTS)
    assert (two["writes"], three["writes"]) == (2 * one["writes"], 3 * one["writes"])
    assert one["requests"] == two["requests"] == three["requests"]


def test_document_costs_a_request_and_four_write_units() -> None:
    plain, with_documents = (monthly(AppOptions(documents=d), MILLION) for d in (False, True))
    assert with_documents == plain | {"writes": 4 * plain["writes"]}


def test_list_costs_a_request_and_two_write_units_for_each_item() -> None:
    lists = monthly(AppOptions(documents=True, monitoring=False), 99 * MILLION, 99)
    expected = {"requests": 3.5, "writes": pytest.approx(200 * 0.625)}
    assert {name: usd for name, usd in lists.items() if usd} == expected


def test_documents_table_in_docs_is_that_of_the_default_options() -> None:
    page = Path("docs/cost.md").read_text(encoding="utf-8")
    for row in cost_rows(documents(AppOptions(documents=True))):
        assert f"| {' | '.join(row)} |\n" in page


def test_each_region_has_its_own_alarms_and_dashboard() -> None:
    one, two, three = (monthly(options, 0) for options in DEPLOYMENTS)
    for name in ("alarms", "dashboards"):
        assert (two[name], three[name]) == pytest.approx((2 * one[name], 3 * one[name]))


def test_command_adds_up_the_templates_of_all_regions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = template_files(TWO_REGIONS, tmp_path)
    assert main(["cost", *(word for file in files for word in ("--template", str(file)))]) == 0
    assert f"{sum(monthly(TWO_REGIONS, MILLION).values()):,.2f}" in capsys.readouterr().out


def test_cost_table_in_docs_is_that_of_the_default_options() -> None:
    readme = Path("docs/cost.md").read_text(encoding="utf-8")
    for row in cost_rows(documents(AppOptions())):
        assert f"| {' | '.join(row)} |" in readme


def test_regions_table_in_docs_is_that_of_the_default_options() -> None:
    page = Path("docs/regions.md").read_text(encoding="utf-8")
    tables = [cost_rows(documents(options)) for options in DEPLOYMENTS]
    for (numbers, one, *_), (_, two, *_), (_, three, *_) in zip(*tables, strict=True):
        assert f"| {numbers} | {one} | {two} | {three} |" in page


def test_command_prints_the_table_of_a_template(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", "--template", str(template_file(AppOptions(), tmp_path))]) == 0
    output = capsys.readouterr().out
    assert "7.53" in output
    assert "Not included: " in output


def test_missing_template_is_reported_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cost", "--template", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.endswith("none: No such file or directory\n")
