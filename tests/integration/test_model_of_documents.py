"""Every response is that of a model, for any order of requests and restarts."""

import signal
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from atomic_counter.options import AppOptions
from tests.served_counter import ServedCounter, serve
from tests.synthesis import template_file

# Among them is a key with the text of a document's item.
KEYS = st.sampled_from(["a", "b", "a\tx", "o'\"$#"])
DOCUMENTS = st.sampled_from(["x", "y", "b\\'{}", "é☃", "1", "[]", "$x", '"'])
LISTS = st.lists(DOCUMENTS, min_size=1, unique=True)
WRONG_AFTERS = st.sampled_from(["-1", "01", "x", "1.0", "1" * 38])
LARGEST = 10**37 - 1
RESTARTS = 2


class Documents(RuleBasedStateMachine):
    """A few keys and documents, with the numbers that they must have, beside a real counter."""

    cleanup: ExitStack
    template: Path
    counter: ServedCounter

    def __init__(self) -> None:
        super().__init__()
        self.prefix = str(uuid4())
        self.last: dict[str, int] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.restarts = 0

    @classmethod
    def start(cls) -> None:
        serving = serve(cls.template, "--data", cls.template.parent / "data")
        cls.counter = cls.cleanup.enter_context(serving)

    @precondition(lambda self: self.restarts < RESTARTS)
    @rule()
    def restart_after_kill(self) -> None:
        self.restarts += 1
        self.counter.stop(signal.SIGKILL)
        self.start()

    @rule(key=KEYS, document=DOCUMENTS, distance=st.integers(-2, 2))
    def assign_near_the_last_number(self, key: str, document: str, distance: int) -> None:
        self.assign(key, document, max(0, self.last.get(key, 0) + distance))

    @rule(key=KEYS, document=DOCUMENTS, after=st.integers(0, LARGEST))
    def assign(self, key: str, document: str, after: int) -> None:
        response = self.counter.assign(self.prefix + key, document, after)
        last, number = self.last.get(key, 0), self.numbers.get((key, document))
        if number is None and after != last:
            assert (response.status_code, response.headers["Last-Number"]) == (412, str(last))
            return
        if number is None:
            number = self.last[key] = self.numbers[key, document] = last + 1
        assert (response.status_code, response.text) == (200, str(number))

    @rule(key=KEYS, documents=LISTS, distance=st.integers(-2, 2))
    def assign_list_near_the_last_number(
        self, key: str, documents: list[str], distance: int
    ) -> None:
        self.assign_list(key, documents, max(0, self.last.get(key, 0) + distance))

    @rule(key=KEYS, documents=LISTS, after=st.integers(0, LARGEST))
    def assign_list(self, key: str, documents: list[str], after: int) -> None:
        response = self.counter.assign_list(self.prefix + key, documents, after)
        if after + len(documents) > LARGEST + 1:
            assert response.status_code == 400  # Its last number would follow one of 38 digits.
            return
        last = self.last.get(key, 0)
        numbers = [self.numbers.get((key, document)) for document in documents]
        if not any(numbers) and after != last:
            assert (response.status_code, response.headers["Last-Number"]) == (412, str(last))
            return
        if None in numbers and any(numbers):
            assert (response.status_code, response.json()["numbers"]) == (409, numbers)
            return
        if None in numbers:
            for document in documents:
                self.last[key] = self.numbers[key, document] = self.last.get(key, 0) + 1
            numbers = [self.numbers[key, document] for document in documents]
        assert (response.status_code, response.json()) == (200, numbers)

    @rule(key=KEYS, documents=LISTS, after=WRONG_AFTERS)
    def assign_list_with_wrong_after(self, key: str, documents: list[str], after: str) -> None:
        assert self.counter.assign_list(self.prefix + key, documents, after).status_code == 400

    @rule(key=KEYS, document=DOCUMENTS, after=WRONG_AFTERS)
    def assign_with_wrong_after(self, key: str, document: str, after: str) -> None:
        parameters = {"systemKey": self.prefix + key, "documentKey": document, "after": after}
        assert self.counter.request("POST", params=parameters).status_code == 400

    @rule(key=KEYS, document=DOCUMENTS)
    def read(self, key: str, document: str) -> None:
        response = self.counter.number_of(self.prefix + key, document)
        number = self.numbers.get((key, document))
        assert response.status_code == (200 if number else 404)
        assert response.text == str(number) or number is None

    @rule(key=KEYS)
    def read_last_number(self, key: str) -> None:
        assert self.counter.current(self.prefix + key).text == str(self.last.get(key, 0))


def test_responses_match_a_model_of_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as cleanup:
        monkeypatch.setattr(Documents, "cleanup", cleanup, raising=False)
        template = template_file(AppOptions(documents=True), tmp_path)
        monkeypatch.setattr(Documents, "template", template, raising=False)
        Documents.start()
        run_state_machine_as_test(
            Documents,
            settings=settings(
                max_examples=8,
                stateful_step_count=60,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
