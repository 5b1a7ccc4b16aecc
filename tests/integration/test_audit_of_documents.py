"""The audit of documents passes a correct counter, and finds a planted defect."""

import json
import socket
from collections import Counter as Counts
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.__main__ import main
from atomic_counter.client import CounterError
from atomic_counter.commands.audit import AuditPlan
from atomic_counter.commands.audit.documents import audit_documents
from atomic_counter.options import AppOptions
from tests.counter_under_test import Counter
from tests.fake_counter import Fault, Request, fake_counter
from tests.served_counter import serve
from tests.synthesis import template_file

# Each planted defect: what is replaced in the template, and what the audit reports.
DEFECTS = {
    "a document gets another number": ("attribute_not_exists(documentNumber)", "changed"),
    "two documents get one number": ("counterValue = :after", "doubled"),
}


@pytest.fixture
def defective(tmp_path: Path) -> Callable[[str], Any]:
    """Serve a counter without a condition, and return its URL."""
    template = template_file(AppOptions(documents=True), tmp_path)

    def serve_without(condition: str) -> Any:
        text = template.read_text()
        assert condition in text
        # The values of the expression must still be used.
        always = condition.replace("= :after", ">= :after OR counterValue < :after")
        always = always.replace("documentNumber", "documentName")
        template.write_text(text.replace(condition, always))
        return serve(template, "--data", tmp_path / "data")

    return serve_without


def audit(figures: Path, *words: str) -> tuple[int, dict[str, Any]]:
    status = main(["audit", *words, "--documents", "--json", str(figures)])
    return status, json.loads(figures.read_text())


def test_correct_counter_passes_and_is_reported(tmp_path: Path) -> None:
    template = template_file(AppOptions(documents=True, authorization="api-key"), tmp_path)
    with serve(template, "--data", tmp_path / "data", "--lose-one-in", "9") as served:
        words = [served.url, "--requests", "200", "--clients", "4", "--keys", "2"]
        status, found = audit(tmp_path / "a.json", *words, "--api-key", served.headers["x-api-key"])
    assert (status, found["documents"], found["numbers"]) == (0, 50, 50)
    # Two keys, whose 25 documents are twice in lists. One list at least is lost.
    assert found["assignments"] > 200
    assert found["lists"] > 4
    assert found["requests"] >= 100 + found["lists"]
    assert (found["changed"], found["doubled"], found["missing"], found["failed"]) == (0, 0, 0, 0)


@pytest.mark.parametrize("defect", DEFECTS)
def test_planted_defect_is_found_with_status_1(
    defective: Callable[[str], Any], tmp_path: Path, defect: str
) -> None:
    condition, finding = DEFECTS[defect]
    with defective(condition) as served:
        status, found = audit(tmp_path / "a.json", served.url, "--requests", "200")
    assert status == 1
    assert found[finding] > 0


def skipping(_: str, number: int) -> int | None:
    """Number 5 is missing, and 51 is beyond the counter: their count is right."""
    return 51 if number == 5 else number


def forgetting(http_method: str, number: int) -> int | None:
    """A document loses its number, unless it's one of the first three."""
    return None if http_method == "GET" and number > 3 else number


@pytest.mark.parametrize(
    ("defect", "findings"),
    [(skipping, {"missing": 1, "beyond": 1}), (forgetting, {"missing": 47, "without_number": 47})],
)
def test_defect_that_keeps_the_count_of_numbers_is_found_with_status_1(
    tmp_path: Path, defect: Callable[[str, int], int | None], findings: dict[str, int]
) -> None:
    with fake_counter() as fake:
        respond = fake.respond

        def respond_wrongly(request: Request) -> tuple[Fault, str]:
            fault, body = respond(request)
            if "documentKey" not in request.query or not body.isdigit():
                return fault, body
            number = defect(request.http_method, int(body))
            if number is None:
                return Fault(404), '{"message": "this documentKey has no number"}'
            return fault, str(number)

        fake.respond = respond_wrongly  # type: ignore[method-assign]
        status, found = audit(tmp_path / "a.json", fake.url, "--requests", "200")
    assert status == 1
    assert found["documents"] == 50
    assert {name: found[name] for name in findings} == findings


def test_list_that_returns_another_number_than_before_is_found_with_status_1(
    tmp_path: Path,
) -> None:
    listed: set[int] = set()

    def respond_wrongly(request: Request) -> tuple[Fault, str]:
        fault, body = respond(request)
        if not request.path.endswith("/documents") or fault.status:
            return fault, body
        numbers = json.loads(body)
        changed = [number + (number in listed) for number in numbers]
        listed.update(numbers)
        return fault, json.dumps(changed)

    with fake_counter() as fake:
        respond, fake.respond = fake.respond, respond_wrongly  # type: ignore[method-assign]
        status, found = audit(tmp_path / "a.json", fake.url, "--requests", "200")
    assert status == 1
    assert found["changed"] > 0
    names = "doubled", "missing", "beyond", "without_number", "failed"
    assert [found[name] for name in names] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(("requests", "keys"), [(1, 1), (3, 2), (500, 3)])
def test_every_document_is_assigned_twice_alone_and_twice_in_lists(
    requests: int, keys: int
) -> None:
    with fake_counter() as fake:
        plan = AuditPlan(fake.url, [f"k{n}" for n in range(keys)], 1, requests, drop_one_in=10**6)
        result = audit_documents(plan)
    documents = {(read.key, read.document) for read in result.reads}
    assert len(documents) == -(-requests // 4)
    # One list is always lost, and so it's assigned once more.
    alone = [each for call in result.calls if not call.is_list for each in call.assignments]
    assert Counts((each.key, each.document) for each in alone) == dict.fromkeys(documents, 2)
    listed = [call.assignments for call in result.calls if call.is_list]
    in_lists = Counts((each.key, each.document) for each in chain(*listed))
    assert set(in_lists) == documents
    assert set(in_lists.values()) <= {2, 3}
    assert all(len({each.key for each in assignments}) == 1 for assignments in listed)
    assert max(map(len, listed)) <= 99


def test_dead_service_is_found_before_documents_are_assigned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def assign(*_: object) -> None:
        raise AssertionError("it retries for 30 seconds, and so does each read")

    for name in ("assign", "assign_many"):
        monkeypatch.setattr(f"atomic_counter.client.CounterClient.{name}", assign)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert main(["audit", f"http://127.0.0.1:{port}/counter", "--documents"]) == 2
    assert "Connection refused" in capsys.readouterr().err


def test_client_without_a_number_does_not_repeat_its_assignment() -> None:
    with fake_counter() as fake:
        probed = iter([None])
        fake.fault = lambda: next(probed, Fault(403))
        plan = AuditPlan(fake.url, ["k"], clients=1, requests=40, drop_one_in=1)
        with pytest.raises(CounterError):
            audit_documents(plan)
    assert [request.http_method for request in fake.requests if "after" in request.query] == [
        "POST"
    ]


def test_refused_assignment_ends_the_audit_with_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with fake_counter() as fake:
        respond = fake.respond

        def refuse(request: Request) -> tuple[Fault, str]:
            fault, body = respond(request)
            if request.query["systemKey"] != ["b"] or request.http_method == "GET":
                return fault, body
            return Fault(404), '{"message": "this systemKey is not registered"}'

        fake.respond = refuse  # type: ignore[method-assign]
        words = ["--documents", "--key", "a", "--key", "b", "--requests", "4000"]
        assert main(["audit", fake.url, *words]) == 2
        assert len(fake.requests) < 400
    message = "error: this systemKey is not registered (HTTP status 404)\n"
    assert capsys.readouterr().err == message


def test_counter_without_documents_is_not_audited_and_counts_nothing(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    key = counter.fresh_key()
    assert main(["audit", counter.url, "--documents", "--key", key]) == 2
    assert capsys.readouterr().err.startswith("error: this counter has no documents")
    assert counter.current(key).text == "0"


@pytest.mark.parametrize(
    "option", [["--block", "2"], ["--duration", "1"], ["--idempotent"], ["--plot", "a.png"]]
)
def test_option_for_numbers_without_documents_is_refused(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "http://127.0.0.1:1", "--documents", *option]) == 2
    assert f"{option[0]} is for numbers without documents" in capsys.readouterr().err


def test_service_without_response_and_wrong_url_are_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for url in ("htp://x", "http://127.0.0.1:1/x y"):
        assert main(["audit", url, "--documents"]) == 2
        assert capsys.readouterr().err.startswith("error: url must be")
