"""Many clients ask a counter at once: is any number repeated, and how fast is it?

`python -m atomic_counter.audit --help` says how. Works against any deployment.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
import requests
from requests.auth import AuthBase
from yarl import URL

from atomic_counter.audit.report import Report, Sample
from atomic_counter.client.idempotency import IdempotencyKeys

ANSWER_SECONDS = 40
PAUSE_SECONDS = 0.1
ATTEMPTS = 10


@dataclass(frozen=True)
class Plan:
    """What an audit asks.

    Attributes:
        url: The URL that counts, without its query string.
        keys: The counters that are asked, in turn.
        clients: How many ask at once. Default: 16.
        requests: How many are sent in all; without it `duration` is the bound. Default: 1000.
        duration: Seconds after which no more are sent. Default: no bound.
        block: How many numbers each asks for, 1 to 1000. Default: 1.
        headers: Sent with each, such as `x-api-key`. Default: none.
        idempotent: Each request has an idempotency key, with which its client sends it again until
            it gets its number or is refused, ten times in all. Default: none is sent again.
        drop_one_in: Of so many answers one is dropped, as if it was lost on its way; where it is
            sent for again and gets the same number, there is no gap. Default: none is.
        auth: Signs each request, such as `atomic_counter.client.iam.IamAuth()`. Default: nothing.
    """

    url: str
    keys: Sequence[str]
    clients: int = 16
    requests: int | None = 1000
    duration: float | None = None
    block: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    idempotent: bool = False
    drop_one_in: int | None = None
    auth: AuthBase | None = None


async def audit(plan: Plan, on_sample: Callable[[Sample], None] = lambda _: None) -> Report:
    """Ask as `plan` says, and report.

    A client that is throttled waits as long as `Retry-After` says; one that gets no answer, or an
    error, waits a tenth of a second. A request that failed is sent again where the plan is
    idempotent; otherwise the client goes on to its next.

    Args:
        plan: What to ask.
        on_sample: Called after each request.
    """
    samples: list[Sample] = []
    started = time.perf_counter()

    def is_late() -> bool:
        return plan.duration is not None and time.perf_counter() - started >= plan.duration

    async def client(number: int) -> None:
        for ticket in tickets:
            if is_late() or (plan.requests is not None and ticket > plan.requests):
                break
            key = plan.keys[len(samples) % len(plan.keys)]
            parameters = {"systemKey": key, "count": str(plan.block)}
            with idempotency_keys.of_request(None) as unique:
                if plan.idempotent:
                    parameters["idempotencyKey"] = str(unique)
                for attempt in range(1, attempts + 1):
                    is_dropped = (
                        plan.drop_one_in and attempt == 1 and ticket % plan.drop_one_in == 0
                    )
                    request = Request(number, parameters, attempt, bool(is_dropped))
                    sample, wait = await _ask(http, plan, request, started)
                    samples.append(sample)
                    await asyncio.sleep(wait)
                    if is_late() or not sample.may_be_sent_again:
                        break
            on_sample(sample)

    tickets = itertools.count(1)
    idempotency_keys = IdempotencyKeys()
    attempts = ATTEMPTS if plan.idempotent else 1
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=plan.clients),
        timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        # aiohttp would call an empty body an octet stream, and the counter takes JSON alone.
        headers={"Content-Type": "application/json", **plan.headers},
    ) as http:
        await asyncio.gather(*map(client, range(plan.clients)))
    return Report.of(samples, time.perf_counter() - started)


class Request(NamedTuple):
    """One request: whose, for what, the how-manyth time it is sent, and is its answer dropped?"""

    client: int
    parameters: dict[str, str]
    attempt: int
    is_dropped: bool


async def _ask(
    http: aiohttp.ClientSession, plan: Plan, request: Request, started: float
) -> tuple[Sample, float]:
    """Send one request; what came of it, and for how many seconds to wait after it."""
    sent = time.perf_counter()
    status, last, wait, reason = None, None, PAUSE_SECONDS, None
    try:
        async with http.post(**_signed(plan, request.parameters)) as response:
            text = await response.text()
            if request.is_dropped:
                raise DroppedError("dropped, to see it sent again")
            status = response.status
            if status == HTTPStatus.OK and text.isascii() and text.isdecimal():
                last, wait = int(text), 0.0
            wait = float(response.headers.get("Retry-After", wait))
    except (aiohttp.ClientError, DroppedError, TimeoutError, ValueError) as error:
        reason = _reason(error)
    sample = Sample(
        client=request.client,
        key=request.parameters["systemKey"],
        sent=sent - started,
        seconds=time.perf_counter() - sent,
        status=status,
        last=last,
        count=plan.block,
        reason=reason,
        attempt=request.attempt,
    )
    return sample, wait


class DroppedError(Exception):
    """The answer was there, and is taken for a lost one."""


def _signed(plan: Plan, parameters: dict[str, str]) -> dict[str, Any]:
    """The request, as aiohttp takes it."""
    if plan.auth is None:
        return {"url": plan.url, "params": parameters}
    signed = plan.auth(requests.Request("POST", plan.url, params=parameters).prepare())
    return {"url": URL(str(signed.url), encoded=True), "headers": signed.headers}


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"timed out after {ANSWER_SECONDS} seconds"
        case aiohttp.ClientConnectorDNSError():
            return f"unknown host {error.host}"
        case aiohttp.ClientSSLError():
            return f"TLS failed: {error}"
        case aiohttp.ClientConnectorError(errno=int(number)):
            return f"{os.strerror(number)}: {error.host}:{error.port}"
        case _:
            return str(error) or type(error).__name__


def rows(plan: Plan, report: Report) -> list[tuple[str, str]]:
    """What was asked and what was found, for a table: names and values."""
    errors = sorted(report.errors.items(), key=lambda error: error[0] or 0)
    return [
        ("clients", f"{plan.clients:,}"),
        ("counters", f"{len(plan.keys):,}"),
        ("numbers a request", f"{plan.block:,}"),
        ("requests", f"{len(report.samples):,}"),
        ("numbers", f"{report.numbers:,}"),
        ("repeats", f"{report.repeats:,}"),
        ("gaps", f"{report.gaps:,}"),
        *([("answered when sent again", f"{report.answered_again:,}")] if plan.idempotent else []),
        *((f"errors {status}" if status else "no answer", f"{n:,}") for status, n in errors),
        *(
            (f"latency, {name}", f"{seconds * 1000:.1f} ms")
            for name, seconds in report.latency.items()
        ),
        ("requests a second", f"{report.requests_per_second:,.0f}"),
    ]
