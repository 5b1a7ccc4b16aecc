"""The clients of an audit, and the requests that they send."""

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

from atomic_counter.audit.result import AuditResult, Sample
from atomic_counter.client.idempotency import IdempotencyKeys

RESPONSE_SECONDS = 40
PAUSE_SECONDS = 0.1
MAX_ATTEMPTS = 10


@dataclass(frozen=True)
class AuditPlan:
    """The requests of an audit.

    Attributes:
        url: The URL that counts, without its query string.
        keys: The counters, which are requested in turn.
        clients: The number of clients, each with one request at a time. Default: 16.
        requests: The number of requests. None: `duration` is the limit. Default: 1000.
        duration: Seconds after which no request begins. Default: no limit.
        block: Numbers a request, 1 to 1000. Default: 1.
        headers: Headers of each request, such as `x-api-key`. Default: none.
        idempotent: Whether each request has an idempotency key, with which its client retries it
            up to ten times. Default: no request is retried.
        drop_one_in: One in so many responses is dropped, as if it had been lost. With
            `idempotent`, its retry gets the same number, so there is no gap. Default: none.
        auth: Signs each request, such as `atomic_counter.client.iam.IamAuth()`. Default: None.
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


async def run_audit(
    plan: AuditPlan, on_sample: Callable[[Sample], None] = lambda _: None
) -> AuditResult:
    """Send the requests of a plan.

    A throttled client waits as long as `Retry-After` requires. After no response, or an error, it
    waits a tenth of a second. With `idempotent` it then retries; otherwise it continues with its
    next request.
    """
    samples: list[Sample] = []
    started = time.perf_counter()

    def is_late() -> bool:
        return plan.duration is not None and time.perf_counter() - started >= plan.duration

    async def run_client(number: int) -> None:
        for ticket in tickets:
            if is_late() or (plan.requests is not None and ticket > plan.requests):
                break
            key = plan.keys[len(samples) % len(plan.keys)]
            parameters = {"systemKey": key, "count": str(plan.block)}
            with idempotency_keys.for_request(key) as unique:
                if plan.idempotent:
                    parameters["idempotencyKey"] = str(unique)
                for attempt in range(1, max_attempts + 1):
                    is_dropped = (
                        plan.drop_one_in and attempt == 1 and ticket % plan.drop_one_in == 0
                    )
                    request = AuditRequest(number, parameters, attempt, bool(is_dropped))
                    sample, pause = await _send(http, plan, request, started)
                    samples.append(sample)
                    await asyncio.sleep(pause)
                    if is_late() or not sample.is_retryable:
                        break
            on_sample(sample)

    tickets = itertools.count(1)
    idempotency_keys = IdempotencyKeys()
    max_attempts = MAX_ATTEMPTS if plan.idempotent else 1
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=plan.clients),
        timeout=aiohttp.ClientTimeout(total=RESPONSE_SECONDS),
        # aiohttp declares an empty body as an octet stream, but the counter accepts only JSON.
        headers={"Content-Type": "application/json", **plan.headers},
    ) as http:
        await asyncio.gather(*map(run_client, range(plan.clients)))
    return AuditResult.of(samples, time.perf_counter() - started)


class AuditRequest(NamedTuple):
    """One attempt of a request."""

    client: int
    parameters: dict[str, str]
    attempt: int
    is_dropped: bool


class ResponseDroppedError(Exception):
    """The response arrived, and counts as lost."""


async def _send(
    http: aiohttp.ClientSession, plan: AuditPlan, request: AuditRequest, started: float
) -> tuple[Sample, float]:
    """Send one request, and return its result and the seconds to wait after it."""
    sent = time.perf_counter()
    status, last, pause, reason = None, None, PAUSE_SECONDS, None
    try:
        async with http.post(**_aiohttp_request(plan, request.parameters)) as response:
            text = await response.text()
            if request.is_dropped:
                raise ResponseDroppedError("dropped, because of --drop-one-in")
            status = response.status
            if status == HTTPStatus.OK and text.isascii() and text.isdecimal():
                last, pause = int(text), 0.0
            pause = float(response.headers.get("Retry-After", pause))
    except (aiohttp.ClientError, ResponseDroppedError, TimeoutError, ValueError) as error:
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
    return sample, pause


def _aiohttp_request(plan: AuditPlan, parameters: dict[str, str]) -> dict[str, Any]:
    if plan.auth is None:
        return {"url": plan.url, "params": parameters}
    signed = plan.auth(requests.Request("POST", plan.url, params=parameters).prepare())
    return {"url": URL(str(signed.url), encoded=True), "headers": signed.headers}


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"timed out after {RESPONSE_SECONDS} seconds"
        case aiohttp.ClientConnectorDNSError():
            return f"unknown host {error.host}"
        case aiohttp.ClientSSLError():
            return f"TLS failed: {error}"
        case aiohttp.ClientConnectorError(errno=int(number)):
            return f"{os.strerror(number)}: {error.host}:{error.port}"
        case _:
            return str(error) or type(error).__name__


def audit_rows(plan: AuditPlan, result: AuditResult) -> list[tuple[str, str]]:
    """Return the names and values of a table about an audit."""
    errors = sorted(result.errors.items(), key=lambda error: error[0] or 0)
    return [
        ("clients", f"{plan.clients:,}"),
        ("counters", f"{len(plan.keys):,}"),
        ("numbers a request", f"{plan.block:,}"),
        ("requests", f"{len(result.samples):,}"),
        ("numbers", f"{result.numbers:,}"),
        ("duplicates", f"{result.duplicates:,}"),
        ("gaps", f"{result.gaps:,}"),
        *([("successful retries", f"{result.successful_retries:,}")] if plan.idempotent else []),
        *((f"errors {status}" if status else "no response", f"{n:,}") for status, n in errors),
        *(
            (f"latency, {name}", f"{seconds * 1000:.1f} ms")
            for name, seconds in result.latency.items()
        ),
        ("requests a second", f"{result.requests_per_second:,.0f}"),
    ]
