"""Whatever happens in any order, no number is issued twice."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from atomic_counter.client.blocks import Counter
from tests.unit.client.fakes import FakeClock, FakeService, FakeThreads

blocks = st.one_of(st.integers(1, 12), st.just("auto"))


class Programs(RuleBasedStateMachine):
    """Programs that share a key of a service, and fail, fork and restart."""

    counters: Bundle[Any] = Bundle("counters")

    def __init__(self) -> None:
        super().__init__()
        self.service = FakeService()
        self.threads = FakeThreads()
        self.clock = FakeClock()
        self.issued: list[int] = []

    @rule(target=counters, block=blocks)
    def new_program(self, block: Any) -> Counter:
        return Counter(self.service.reserve, block, start=self.threads.start, clock=self.clock)

    @rule(counter=counters, count=st.integers(1, 15))
    def take(self, counter: Counter, count: int) -> None:
        for _ in range(count):
            number = counter.poll(counter.failures, lambda: None)
            if number is not None:
                self.issued.append(number)

    @rule(data=st.data())
    def run_a_thread(self, data: st.DataObject) -> None:
        if self.threads.waiting:
            self.threads.run(data.draw(st.integers(0, len(self.threads.waiting) - 1)))

    @rule(count=st.integers(1, 20))
    def reserve_directly(self, count: int) -> None:
        if not (self.service.is_down or self.service.loses_responses):
            self.issued.extend(self.service.reserve(count))

    @rule(is_down=st.booleans(), loses_responses=st.booleans())
    def change_faults(self, is_down: bool, loses_responses: bool) -> None:
        self.service.is_down, self.service.loses_responses = is_down, loses_responses

    @rule(seconds=st.floats(0, 10))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.seconds += seconds

    @invariant()
    def no_number_is_issued_twice(self) -> None:
        assert len(set(self.issued)) == len(self.issued)

    @invariant()
    def every_number_comes_from_the_service(self) -> None:
        assert all(1 <= number <= self.service.last for number in self.issued)


Programs.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestPrograms = Programs.TestCase
