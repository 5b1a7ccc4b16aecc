"""The command `atomic-counter cost`: what a counter costs a month.

Computed from the synthesized templates and the prices of us-east-1.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from atomic_counter.local.cloudformation import read_document
from atomic_counter.tooling.parameters import template_options, templates
from atomic_counter.tooling.terminal import console, print_table

MILLION = 1_000_000
GB = 1_000_000_000
# https://aws.amazon.com/api-gateway/pricing/: up to how many requests, USD a million.
REQUEST_TIERS = ((333 * MILLION, 3.50), (1000 * MILLION, 2.80), (20_000 * MILLION, 2.38))
LAST_TIER = 1.51
# https://aws.amazon.com/dynamodb/pricing/on-demand/: USD a million writes of up to 1 KB. Each
# replica costs the same, and a witness costs nothing:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
WRITE = 0.625
# A transaction costs two write units for each of its items, here the counter and the documents:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
ITEM_UNITS = 2
# https://aws.amazon.com/cloudwatch/pricing/: USD a month, and USD a GB of ingested log lines.
ALARM, DASHBOARD, LOG_GB = 0.10, 3.00, 0.50
# https://aws.amazon.com/xray/pricing/: USD a million traces. X-Ray traces one request a second
# and 5 % of the rest: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
TRACE, TRACED = 5.00, 0.05
SECONDS_A_MONTH = 365 * 24 * 60 * 60 // 12

NOT_INCLUDED = (
    "Not included: the free tier, such as ten alarms and three dashboards; the table's storage in"
    " each Region, which is about 0.1 GB for a million keys or documents, at 0.25 USD a GB, and its"
    " backup, at 0.20 USD a GB; keys over 1 KB, which need more than one write unit; data transfer,"
    " also between Regions; metrics of each method, which no option enables."
)

NUMBERS_A_MONTH = (0, 10_000, MILLION, 1000 * MILLION)
BLOCKS = (1, 100, 1000)
LISTS = (1, 99)


def monthly_cost(
    templates: Sequence[Mapping[str, Any]], numbers: int, block: int = 1
) -> dict[str, float]:
    """Return USD a month by item.

    Args:
        templates: The synthesized templates, one for each Region that serves.
        numbers: Numbers issued a month, in all Regions.
        block: Numbers or documents a request. Default: 1.
    """
    requests = math.ceil(numbers / block)
    units = ITEM_UNITS * (requests + numbers) if _has_documents(templates) else requests
    stage = next(iter(_properties(templates, "AWS::ApiGateway::Stage")), {})
    alarms = _properties(templates, "AWS::CloudWatch::Alarm")
    dashboards = _properties(templates, "AWS::CloudWatch::Dashboard")
    replicas = [len(t["Replicas"]) for t in _properties(templates, "AWS::DynamoDB::GlobalTable")]
    line = len(stage.get("AccessLogSetting", {}).get("Format", ""))
    return {
        "requests": _request_cost(requests),
        "writes": units / MILLION * WRITE * (sum(replicas) or 1),
        "alarms": sum(map(_metric_count, alarms)) * ALARM,
        "dashboards": len(dashboards) * DASHBOARD,
        "logs": requests * line / GB * LOG_GB,
        "traces": _trace_count(requests) / MILLION * TRACE if stage.get("TracingEnabled") else 0,
    }


def _has_documents(templates: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a method calls a transaction."""
    methods = _properties(templates, "AWS::ApiGateway::Method")
    uris = [json.dumps(method["Integration"].get("Uri")) for method in methods]
    return any("action/TransactWriteItems" in uri for uri in uris)


def _request_cost(requests: int) -> float:
    usd, counted = 0.0, 0
    for limit, price in (*REQUEST_TIERS, (math.inf, LAST_TIER)):
        in_tier = max(0, min(requests, limit) - counted)
        usd += in_tier / MILLION * price
        counted += int(in_tier)
    return usd


def _trace_count(requests: int) -> float:
    """Return how many requests are traced if they arrive evenly; in bursts, fewer are."""
    one_a_second = min(requests, SECONDS_A_MONTH)
    return one_a_second + (requests - one_a_second) * TRACED


def _metric_count(alarm: Mapping[str, Any]) -> int:
    """Return how many metrics an alarm has, as AWS charges for each."""
    return sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1


def _properties(templates: Sequence[Mapping[str, Any]], resource_type: str) -> list[dict[str, Any]]:
    found = [r for template in templates for r in template["Resources"].values()]
    return [r.get("Properties", {}) for r in found if r["Type"] == resource_type]


def cost_rows(templates: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Return the rows of a table: numbers a month, and USD a month by block size."""
    return [
        [f"{numbers:,}"]
        + [
            f"{sum(monthly_cost(templates, numbers, block).values()):,.2f}"
            for block in _blocks(templates)
        ]
        for numbers in NUMBERS_A_MONTH
    ]


def _blocks(templates: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Return the sizes of blocks to compare, or those of lists of documents."""
    return LISTS if _has_documents(templates) else BLOCKS


@click.command
@template_options
def cost(template: Sequence[Path], context: Sequence[tuple[str, str]]) -> None:
    """Print what a counter costs a month.

    Computed from the synthesized templates and the prices of us-east-1.
    """
    documents = [read_document(path) for path in templates(template, context)]
    table = Table(title="USD a month, us-east-1")
    name = "lists" if _has_documents(documents) else "blocks"
    blocks = (f"in {name} of {block:,}" for block in _blocks(documents)[1:])
    for column in ("numbers a month", "one by one", *blocks):
        table.add_column(column, justify="right")
    for row in cost_rows(documents):
        table.add_row(*row)
    table.caption = "A million, one by one: " + ", ".join(
        f"{name} {usd:,.3f}" for name, usd in monthly_cost(documents, MILLION).items() if usd
    )
    print_table(console(), table)
    console().print(NOT_INCLUDED)
