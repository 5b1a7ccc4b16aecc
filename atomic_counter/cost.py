"""What a counter costs a month: `python -m atomic_counter.cost`.

Computed from the synthesized templates and the prices of us-east-1.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from atomic_counter.local import LocalError
from atomic_counter.local.arguments import (
    add_template_arguments,
    check_template_arguments,
    templates_of,
)
from atomic_counter.local.template import read_document

MILLION = 1_000_000
GB = 1_000_000_000
# https://aws.amazon.com/api-gateway/pricing/: USD a million requests to a REST API, up to so many.
REQUEST_TIERS = ((333 * MILLION, 3.50), (1000 * MILLION, 2.80), (20_000 * MILLION, 2.38))
REQUEST_BEYOND = 1.51
# https://aws.amazon.com/dynamodb/pricing/on-demand/: USD a million writes of up to 1 KB, in each
# Region with a replica as much; a witness costs nothing:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
WRITE = 0.625
# https://aws.amazon.com/cloudwatch/pricing/: USD a month, and USD a GB of log lines taken in.
ALARM, DASHBOARD, LOG_GB = 0.10, 3.00, 0.50
# https://aws.amazon.com/xray/pricing/: USD a million traces. One request a second is traced, and
# 5 % of the rest: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
TRACE, TRACED = 5.00, 0.05
SECONDS = 365 * 24 * 60 * 60 // 12

LEFT_OUT = (
    "Left out: what AWS gives for nothing, such as ten alarms and three dashboards; the table's"
    " storage in each Region, where a million keys take about 0.1 GB, for 0.25 USD a GB, and their"
    " backup as much, for 0.20 USD a GB; keys of over 1 KB, which take more than one write unit;"
    " data transfer; metrics of each method, which no option turns on."
)

NUMBERS = (0, 10_000, MILLION, 1000 * MILLION)
BLOCKS = (1, 100, 1000)


def monthly(
    templates: Sequence[Mapping[str, Any]], numbers: int, block: int = 1
) -> dict[str, float]:
    """USD a month by what it is paid for.

    Args:
        templates: The synthesized templates, one for each Region that serves.
        numbers: Given out a month, in whichever Region.
        block: Numbers a request. Default: 1.
    """
    requests = math.ceil(numbers / block)
    stage = next(iter(_properties(templates, "AWS::ApiGateway::Stage")), {})
    alarms = _properties(templates, "AWS::CloudWatch::Alarm")
    dashboards = _properties(templates, "AWS::CloudWatch::Dashboard")
    replicas = [len(t["Replicas"]) for t in _properties(templates, "AWS::DynamoDB::GlobalTable")]
    line = len(stage.get("AccessLogSetting", {}).get("Format", ""))
    return {
        "requests": _requests(requests),
        "writes": requests / MILLION * WRITE * (sum(replicas) or 1),
        "alarms": sum(map(_metrics, alarms)) * ALARM,
        "dashboards": len(dashboards) * DASHBOARD,
        "logs": requests * line / GB * LOG_GB,
        "traces": _traces(requests) / MILLION * TRACE if stage.get("TracingEnabled") else 0,
    }


def _requests(requests: int) -> float:
    usd, counted = 0.0, 0
    for limit, price in (*REQUEST_TIERS, (math.inf, REQUEST_BEYOND)):
        in_tier = max(0, min(requests, limit) - counted)
        usd += in_tier / MILLION * price
        counted += int(in_tier)
    return usd


def _traces(requests: int) -> float:
    """How many, where the requests come evenly; in bursts they are fewer."""
    one_a_second = min(requests, SECONDS)
    return one_a_second + (requests - one_a_second) * TRACED


def _metrics(alarm: Mapping[str, Any]) -> int:
    """How many the alarm watches; it is paid for each."""
    return sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1


def _properties(templates: Sequence[Mapping[str, Any]], resource_type: str) -> list[dict[str, Any]]:
    found = [r for template in templates for r in template["Resources"].values()]
    return [r.get("Properties", {}) for r in found if r["Type"] == resource_type]


def rows(templates: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The table: how many numbers a month, and USD a month by the block."""
    return [
        [f"{numbers:,}"]
        + [f"{sum(monthly(templates, numbers, block).values()):,.2f}" for block in BLOCKS]
        for numbers in NUMBERS
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and what the larger amounts are paid for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atomic_counter.cost", description=__doc__)
    add_template_arguments(parser)
    options = parser.parse_args(arguments)
    check_template_arguments(parser, options)
    try:
        templates = [read_document(path) for path in templates_of(options)]
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    table = Table(title="USD a month, us-east-1")
    in_blocks = (f"in blocks of {block:,}" for block in BLOCKS[1:])
    for column in ("numbers a month", "one by one", *in_blocks):
        table.add_column(column, justify="right")
    for row in rows(templates):
        table.add_row(*row)
    paid = monthly(templates, MILLION)
    table.caption = "A million, one by one: " + ", ".join(
        f"{name} {usd:,.3f}" for name, usd in paid.items() if usd
    )
    Console().print(table, LEFT_OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
