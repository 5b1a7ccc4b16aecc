"""Any requests in any order have the responses of a model with sixteen slots."""

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

from tests.served_counter import ServedCounter, serve

KEYS = st.sampled_from(["a", "b"])
COUNTS = st.sampled_from([1, 2, 1000])
# Three UUIDs in each of two slots.
IDS = st.sampled_from(
    [f"{number}1111111-2222-4333-8444-55555555555{slot}" for number in "123" for slot in "0f"]
)
RESTARTS = 2


class Memory(RuleBasedStateMachine):
    """The model of a few keys, beside a real counter."""

    template: Path
    data: Path
    serving: ExitStack
    counter: ServedCounter

    def __init__(self) -> None:
        super().__init__()
        self.prefix = str(uuid4())
        self.values: dict[str, int] = {}
        self.slots: dict[tuple[str, str], tuple[str, int, int]] = {}
        self.issued: set[tuple[str, int]] = set()
        self.restarts = 0

    @classmethod
    def start(cls) -> None:
        cls.counter = cls.serving.enter_context(serve(cls.template, "--data", cls.data))

    @precondition(lambda self: self.restarts < RESTARTS)
    @rule()
    def restart(self) -> None:
        self.restarts += 1
        self.serving.close()
        self.start()

    @rule(key=KEYS, count=COUNTS)
    def ask(self, key: str, count: int) -> None:
        assert self.counter.next(self.prefix + key, count=count) == str(self.give(key, count))

    @rule(key=KEYS, count=COUNTS, request_id=IDS)
    def ask_with_id(self, key: str, count: int, request_id: str) -> None:
        slot = key, request_id[-1]
        remembered = self.slots.get(slot)
        if remembered is None or remembered[:2] != (request_id, count):
            self.slots[slot] = request_id, count, self.give(key, count)
        response = self.counter.next(self.prefix + key, count=count, idempotencyKey=request_id)
        assert response == str(self.slots[slot][2])

    def give(self, key: str, count: int) -> int:
        last = self.values.get(key, 0) + count
        block = {(key, number) for number in range(last - count + 1, last + 1)}
        assert not block & self.issued
        self.issued |= block
        self.values[key] = last
        return last


def test_responses_match_a_model_with_sixteen_slots(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as serving:
        monkeypatch.setattr(Memory, "template", template, raising=False)
        monkeypatch.setattr(Memory, "data", tmp_path, raising=False)
        monkeypatch.setattr(Memory, "serving", serving, raising=False)
        Memory.start()
        run_state_machine_as_test(
            Memory,
            settings=settings(
                max_examples=5,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
