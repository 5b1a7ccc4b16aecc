"""The cost follows from the prices and the template's own settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from atomic_counter import cost
from atomic_counter.options import Options
from tests.synthesis import OF_THREE, OF_TWO, synthesize_all, template_file, template_files

MILLION = 1_000_000
RATE = {"Metrics": [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]}


def documents(options: Options) -> list[Mapping[str, Any]]:
    return [template.to_json() for template in synthesize_all(options).values()]


def monthly(options: Options, numbers: int, block: int = 1) -> dict[str, float]:
    return cost.monthly(documents(options), numbers, block)


def test_an_idle_counter_costs_its_alarms_and_its_dashboard() -> None:
    idle = monthly(Options(), 0)
    assert {name: usd for name, usd in idle.items() if usd} == {"alarms": 0.4, "dashboards": 3.0}
    assert sum(monthly(Options(monitoring=False), 0).values()) == 0


def test_a_million_numbers_cost_their_requests_and_writes() -> None:
    million = monthly(Options(monitoring=False), MILLION)
    assert {name: usd for name, usd in million.items() if usd} == {"requests": 3.5, "writes": 0.625}


def test_blocks_divide_what_is_paid_by_the_request() -> None:
    options = Options(monitoring=False, access_logs=True, tracing=True)
    by_block, one_by_one = monthly(options, MILLION, 1000), monthly(options, 1000)
    assert by_block == one_by_one


def test_requests_beyond_a_tier_cost_the_next_tiers_price() -> None:
    expected = 333 * 3.50 + 667 * 2.80 + 19_000 * 2.38 + 5 * 1.51
    assert monthly(Options(), 20_005 * MILLION)["requests"] == pytest.approx(expected)


def test_logs_and_traces_are_paid_where_the_template_has_them() -> None:
    plain = monthly(Options(), MILLION)
    watched = monthly(Options(access_logs=True, tracing=True), MILLION)
    assert (plain["logs"], plain["traces"]) == (0, 0)
    assert 0.1 < watched["logs"] < 0.5


def test_one_request_a_second_is_traced_and_a_twentieth_of_the_rest() -> None:
    options, seconds = Options(tracing=True), 365 * 24 * 60 * 60 / 12
    assert monthly(options, MILLION)["traces"] == 5
    expected = 5 * (seconds + 0.05 * (1000 * MILLION - seconds)) / MILLION
    assert monthly(options, 1000 * MILLION)["traces"] == pytest.approx(expected)


@pytest.mark.parametrize(("alarm", "usd"), [({"MetricName": "Count"}, 0.1), (RATE, 0.2)])
def test_an_alarm_costs_by_the_metrics_that_it_watches(alarm: dict[str, Any], usd: float) -> None:
    resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
    assert cost.monthly([{"Resources": {"Alarm": resource}}], 0)["alarms"] == usd


def test_a_write_is_paid_in_each_region_that_serves_and_the_witness_costs_nothing() -> None:
    one, two, three = (monthly(options, MILLION) for options in (Options(), OF_TWO, OF_THREE))
    assert (two["writes"], three["writes"]) == (2 * one["writes"], 3 * one["writes"])
    assert one["requests"] == two["requests"] == three["requests"]


def test_each_region_has_alarms_and_a_dashboard_of_its_own() -> None:
    one, two, three = (monthly(options, 0) for options in (Options(), OF_TWO, OF_THREE))
    for name in ("alarms", "dashboards"):
        assert (two[name], three[name]) == pytest.approx((2 * one[name], 3 * one[name]))


def test_the_command_adds_up_the_templates_of_all_regions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = template_files(OF_TWO, tmp_path)
    assert cost.main([word for file in files for word in ("--template", str(file))]) == 0
    assert f"{sum(monthly(OF_TWO, MILLION).values()):,.2f}" in capsys.readouterr().out


def test_the_readmes_table_is_the_one_for_the_default_options() -> None:
    readme = Path("docs/cost.md").read_text(encoding="utf-8")
    for row in cost.rows(documents(Options())):
        assert f"| {' | '.join(row)} |" in readme


def test_the_table_of_regions_is_the_one_for_the_default_options() -> None:
    page = Path("docs/regions.md").read_text(encoding="utf-8")
    of_each = [cost.rows(documents(options)) for options in (Options(), OF_TWO, OF_THREE)]
    for (numbers, one, *_), (_, two, *_), (_, three, *_) in zip(*of_each, strict=True):
        assert f"| {numbers} | {one} | {two} | {three} |" in page


def test_the_command_prints_the_table_of_a_template(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost.main(["--template", str(template_file(Options(), tmp_path))]) == 0
    said = capsys.readouterr().out
    assert "7.53" in said
    assert "Left out: " in said


def test_what_is_no_template_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main(["--template", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.endswith("none: No such file or directory\n")
