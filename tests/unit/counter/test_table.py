"""A table that could repeat numbers, or that has another key, is refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.assertions import Template

from atomic_counter.counter import AtomicCounter
from atomic_counter.options import OptionError
from tests.synthesis import in_region, only

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


def test_table_with_replication_regions_is_refused() -> None:
    stack = in_region("us-east-1")
    table = dynamodb.Table(
        stack, "Table", partition_key=SYSTEM_KEY, replication_regions=["us-east-2"]
    )
    with pytest.raises(OptionError, match="table must be strongly consistent"):
        AtomicCounter(stack, "Counter", table=table)


def test_replica_that_is_added_later_stops_synthesis() -> None:
    stack = in_region("us-east-1")
    table = global_table(stack)
    AtomicCounter(stack, "Counter", table=table)
    table.add_replica(region="us-east-2")
    with pytest.raises(RuntimeError, match="table must be strongly consistent"):
        Template.from_stack(stack)


def replica_and_other_stack(**properties: Any) -> tuple[dynamodb.ITable, cdk.Stack]:
    first = in_region("us-east-1")
    replicas = [dynamodb.ReplicaTableProps(region="us-east-2")]
    other = cdk.Stack(first.node.root, "Other", env=cdk.Environment(region="us-east-2"))  # type: ignore[arg-type]
    table = global_table(first, table_name="mine", replicas=replicas, **properties)
    return table.replica("us-east-2"), other


def test_replica_of_eventually_consistent_table_is_refused() -> None:
    replica, other = replica_and_other_stack()
    with pytest.raises(OptionError, match="table must be strongly consistent"):
        AtomicCounter(other, "Counter", table=replica)


def test_documents_over_a_replica_are_refused() -> None:
    replica, other = replica_and_other_stack(
        witness_region="us-west-2", multi_region_consistency=dynamodb.MultiRegionConsistency.STRONG
    )
    AtomicCounter(other, "Counter", table=replica)
    with pytest.raises(OptionError, match=r"documents need a table in one Region.* in 2 Regions"):
        AtomicCounter(other, "Documents", table=replica, documents=True)


HERE = cdk.Environment(account="111111111111", region="us-east-1")


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("us-east-1:222222222222", "in the account of its stack, 111111111111, .*got .*222222222"),
        ("eu-west-1:111111111111", "in the Region of its stack, us-east-1, .*got one in eu-west-1"),
    ],
)
@pytest.mark.parametrize("kind", [dynamodb.Table, dynamodb.TableV2])
def test_table_of_another_account_or_region_is_refused(
    place: str, reason: str, kind: type[dynamodb.Table] | type[dynamodb.TableV2]
) -> None:
    stack = cdk.Stack(cdk.App(), "Billing", env=HERE)
    table = kind.from_table_arn(stack, "Table", f"arn:aws:dynamodb:{place}:table/mine")
    with pytest.raises(OptionError, match=f"^table must be {reason}"):
        AtomicCounter(stack, "Counter", table=table)


def test_table_of_a_stack_in_another_region_is_refused() -> None:
    there, stack = in_region("eu-west-1"), in_region("us-east-1")
    table = dynamodb.Table(there, "Table", partition_key=SYSTEM_KEY)
    with pytest.raises(OptionError, match="in the Region of its stack, us-east-1"):
        AtomicCounter(stack, "Counter", table=table)


@pytest.mark.parametrize("env", [HERE, None])
def test_table_of_the_same_place_or_an_unknown_one_is_accepted(env: cdk.Environment | None) -> None:
    stack = cdk.Stack(cdk.App(), "Billing", env=env)
    arn = "arn:aws:dynamodb:us-east-1:111111111111:table/mine"
    AtomicCounter(stack, "One", table=dynamodb.Table.from_table_arn(stack, "T1", arn))
    AtomicCounter(stack, "Two", table=dynamodb.Table.from_table_name(stack, "T2", "mine"))


def test_renamed_counter_keeps_its_table_by_the_old_logical_id() -> None:
    before, after = in_region(None), in_region(None)
    AtomicCounter(before, "Invoices")
    renamed = AtomicCounter(after, "Billing").table.node.default_child
    assert isinstance(renamed, dynamodb.CfnTable)
    renamed.override_logical_id("InvoicesTable820B957C")
    assert only(Template.from_stack(before), "AWS::DynamoDB::Table") == only(
        Template.from_stack(after), "AWS::DynamoDB::Table"
    )


def test_table_v2_with_another_key_is_refused() -> None:
    stack = in_region("us-east-1")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.NUMBER)
    with pytest.raises(OptionError, match=r"only key, got id \(N\)"):
        AtomicCounter(stack, "Counter", table=dynamodb.TableV2(stack, "T", partition_key=key))


def test_replica_of_another_account_is_refused() -> None:
    stack = in_region("us-east-1")
    arn = "arn:aws:dynamodb:eu-west-1:444455556666:table/theirs"
    theirs = dynamodb.TableV2.from_table_arn(stack, "Theirs", arn)
    replica = dynamodb.TableV2MultiAccountReplica(stack, "Replica", replica_source_table=theirs)
    with pytest.raises(OptionError, match=r"only key, got one without a key, such as a replica"):
        AtomicCounter(stack, "Counter", table=replica)
