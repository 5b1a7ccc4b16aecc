"""A table that could repeat numbers, or that has another key, is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import OptionError
from tests.synthesis import in_region

STRING, NUMBER = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
SYSTEM_KEY = dynamodb.Attribute(name="systemKey", type=STRING)
WRONG_KEYS = [
    (dynamodb.Attribute(name="atomicCounter", type=STRING), None),
    (dynamodb.Attribute(name="systemKey", type=NUMBER), None),
    (SYSTEM_KEY, dynamodb.Attribute(name="date", type=STRING)),
]


@pytest.mark.parametrize(("key", "sort_key"), WRONG_KEYS)
def test_table_with_another_key_is_refused(
    key: dynamodb.Attribute, sort_key: dynamodb.Attribute | None
) -> None:
    stack = cdk.Stack()
    table = dynamodb.Table(stack, "Table", partition_key=key, sort_key=sort_key)
    with pytest.raises(OptionError, match="table must have the string systemKey as its only key"):
        AtomicCounter(stack, "Counter", table=table)


def test_replicas_require_a_stack_with_a_region() -> None:
    with pytest.raises(OptionError, match="give Billing an env with a region"):
        AtomicCounter(in_region(None), "Counter", replicas=["us-east-2"], witness="us-west-2")


def test_existing_table_with_replicas_is_refused() -> None:
    stack = in_region("us-east-1")
    table = dynamodb.Table.from_table_name(stack, "Table", "mine")
    with pytest.raises(OptionError, match="replicas need a table that the construct creates"):
        AtomicCounter(stack, "Counter", table=table, replicas=["us-east-2"], witness="us-west-2")


def global_table(stack: cdk.Stack, **properties: Any) -> dynamodb.TableV2:
    key = dynamodb.Attribute(name="systemKey", type=dynamodb.AttributeType.STRING)
    return dynamodb.TableV2(stack, "Table", partition_key=key, **properties)


def test_eventually_consistent_global_table_is_refused() -> None:
    stack = in_region("us-east-1")
    table = global_table(stack, replicas=[dynamodb.ReplicaTableProps(region="us-east-2")])
    with pytest.raises(OptionError, match="table must be strongly consistent"):
        AtomicCounter(stack, "Counter", table=table)


def test_table_v2_is_accepted_if_single_or_strongly_consistent() -> None:
    alone, shared = in_region("us-east-1"), in_region("us-east-1")
    AtomicCounter(alone, "Counter", table=global_table(alone))
    consistent = global_table(
        shared,
        replicas=[dynamodb.ReplicaTableProps(region="us-east-2")],
        witness_region="us-west-2",
        multi_region_consistency=dynamodb.MultiRegionConsistency.STRONG,
    )
    assert AtomicCounter(shared, "Counter", table=consistent).table is consistent
    with pytest.raises(OptionError, match="documents need a table in one Region"):
        AtomicCounter(shared, "Documents", table=consistent, documents=True)


def test_table_v2_with_another_key_is_refused() -> None:
    stack = in_region("us-east-1")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.NUMBER)
    with pytest.raises(OptionError, match=r"only key, got id \(N\)"):
        AtomicCounter(stack, "Counter", table=dynamodb.TableV2(stack, "T", partition_key=key))
