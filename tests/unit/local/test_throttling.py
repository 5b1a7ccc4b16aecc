"""A throttle accepts a burst, and then its rate."""

from atomic_counter.local.throttling import Throttle, TokenBucket


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_burst_is_accepted_at_once_and_no_more() -> None:
    bucket = TokenBucket(Throttle(rate=10, burst=3), Clock())
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_tokens_return_at_the_rate_up_to_the_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(Throttle(rate=10, burst=1), clock)
    numbers = []
    for clock.seconds in (0, 0.05, 0.1, 0.15, 10, 10):
        numbers.append(bucket.take())
    assert numbers == [True, False, True, False, True, False]
