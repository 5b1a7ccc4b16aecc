"""Documents get the same numbers over HTTP and by DynamoDB's API."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from atomic_counter.client import CounterClient, CounterRefusedError, TableClient
from atomic_counter.options import AppOptions, Keys
from tests.counter_under_test import item_key
from tests.integration.transports import TRANSPORTS, Reachable, Transport, reachable


@pytest.fixture(scope="module", params=["open", "registered"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reachable]:
    keys: Keys = request.param
    options = AppOptions(documents=True, keys=keys)
    with reachable(options, tmp_path_factory.mktemp("documents")) as served:
        yield served


@pytest.fixture
def client(served: Reachable, transport: Transport) -> Iterator[CounterClient | TableClient]:
    with served.client(transport) as client:
        yield client


@pytest.fixture
def key(served: Reachable) -> str:
    key = str(uuid4())
    if served.options.keys == "registered":
        served.counter.table.put_item(Item={"systemKey": key})
    return key


def test_document_keeps_its_number(client: CounterClient | TableClient, key: str) -> None:
    assert [client.assign(key, document) for document in "abacb"] == [1, 2, 1, 3, 2]
    assert [client.number_of(key, document) for document in "abz"] == [1, 2, None]
    assert client.current(key) == 3


def test_transports_see_the_documents_of_each_other(served: Reachable, key: str) -> None:
    with served.client("http") as http, served.client("table") as table:
        assert (http.assign(key, "a"), table.assign(key, "b"), http.assign(key, "b")) == (1, 2, 2)
        assert table.assign_many(key, ["c", "a", "d"]) == [3, 1, 4]
        assert http.assign_many(key, ["d", "e", "b", "c"]) == [4, 5, 2, 3]
        assert (table.number_of(key, "e"), http.number_of(key, "d")) == (5, 4)


def test_list_is_any_number_of_documents(client: CounterClient | TableClient, key: str) -> None:
    documents = [f'o\'brien "{number}" 🏔' for number in range(250)]
    assert client.assign_many(key, documents) == list(range(1, 251))
    assert client.assign_many(key, documents[::-1]) == list(range(250, 0, -1))


@pytest.mark.parametrize("document", ["", " ", "a\tb", "\x9f", "\ufffd", "x" * 2048], ids=range(6))
def test_document_that_breaks_the_rule_is_refused(
    client: CounterClient | TableClient, key: str, document: str
) -> None:
    calls = (client.assign, client.number_of)
    for call in (*calls, lambda key, document: client.assign_many(key, ["fits", document])):
        with pytest.raises(CounterRefusedError, match=r"2047|documentKey") as error:
            call(key, document)
        assert error.value.status == 400
    assert client.current(key) == 0


@pytest.mark.parametrize("value", ["text", 0, -1])
def test_wrong_number_of_a_document_is_a_conflict(
    served: Reachable, client: CounterClient | TableClient, key: str, value: object
) -> None:
    item = {"systemKey": item_key(key, "a"), "documentNumber": value}
    served.counter.table.put_item(Item=item)
    for call in (client.assign, client.number_of):
        with pytest.raises(CounterRefusedError, match="value stored for this documentKey") as error:
            call(key, "a")
        assert error.value.status == 409


@pytest.mark.parametrize("value", ["text", -1, 10**37])
def test_wrong_value_of_a_counter_is_a_conflict(
    served: Reachable, client: CounterClient | TableClient, key: str, value: object
) -> None:
    served.counter.table.put_item(Item={"systemKey": key, "counterValue": value})
    with pytest.raises(CounterRefusedError, match="value stored for this systemKey") as error:
        client.assign(key, "a")
    assert error.value.status == 409


def test_documents_of_keys_that_are_not_registered_get_no_number(
    served: Reachable, client: CounterClient | TableClient, key: str
) -> None:
    if served.options.keys == "open":
        assert client.assign("another", key) >= 1
        return
    client.assign(key, "a")
    for unregistered in ("another", item_key(key, "a")):
        with pytest.raises(CounterRefusedError, match="is not registered") as error:
            client.assign(unregistered, "a")
        assert error.value.status == 404


def test_registered_key_never_becomes_a_document(
    served: Reachable, client: CounterClient | TableClient, key: str
) -> None:
    if served.options.keys == "registered":
        served.counter.table.put_item(Item={"systemKey": item_key(key, "a")})
        with pytest.raises(CounterRefusedError, match="are a registered systemKey"):
            client.assign(key, "a")
    assert client.assign(key, "b") == 1


def test_items_of_both_transports_look_the_same(served: Reachable, key: str) -> None:
    forms = []
    for transport in TRANSPORTS:
        served.client(transport).assign(key, transport)
        item = served.counter.table.get_item(Key={"systemKey": item_key(key, transport)})["Item"]
        forms.append({name: type(value) for name, value in item.items()})
    assert forms[0] == forms[1]
    assert set(forms[0]) == {"systemKey", "documentNumber", "issuedAt"}


def test_numbers_of_documents_end_at_10_to_the_37th(
    served: Reachable, client: CounterClient | TableClient, key: str
) -> None:
    served.counter.table.put_item(Item={"systemKey": key, "counterValue": 10**37 - 1})
    with pytest.raises(CounterRefusedError):
        client.assign_many(key, ["a", "b"])
    assert client.assign(key, "a") == 10**37
    with pytest.raises(CounterRefusedError):
        client.assign(key, "b")
    assert (client.current(key), client.number_of(key, "b")) == (10**37, None)
