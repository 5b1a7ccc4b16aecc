"""The clients of an audit, and the requests that they send."""

import asyncio
import itertools
import math
import os
import re
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
import requests
from requests.auth import AuthBase
from yarl import URL

from atomic_counter.client.connections import load_authorities
from atomic_counter.client.errors import CertificateError, CounterRefusedError
from atomic_counter.client.http.responses import parse_message
from atomic_counter.client.idempotency import IdempotencyKeys
from atomic_counter.client.retries import PAUSE_SECONDS, is_retryable, retry_after_seconds
from atomic_counter.commands.audit.result import AuditResult, Sample
from atomic_counter.tooling.errors import CommandError

RESPONSE_SECONDS = 40
MAX_PAUSE_SECONDS = 60
READ_SECONDS = 0.2
MAX_ATTEMPTS = 10


@dataclass(frozen=True)
class AuditPlan:
    """The requests of an audit.

    Attributes:
        url: The URL that counts, without its query string.
        keys: The counters, which are requested in turn.
        are_keys_new: Whether the keys are new, so that they must start at 1. Default: False.
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
    are_keys_new: bool = False


async def run_audit(
    plan: AuditPlan, on_sample: Callable[[Sample], None] = lambda _: None
) -> AuditResult:
    """Send the requests of a plan, and meanwhile read the last number issued, a few times a second.

    A throttled client waits as long as `Retry-After` requires, but at most a minute. After no
    response, or a 5xx, it waits a tenth of a second. With `idempotent` it then retries; otherwise
    it continues with its next request.

    Raises:
        CommandError: The service refuses a request with another 4xx than 429, as it would the next.
    """
    samples: list[Sample] = []
    reads: list[Sample] = []
    started = time.perf_counter()
    is_over = asyncio.Event()
    duration = math.inf if plan.duration is None else plan.duration

    def seconds_left() -> float:
        return duration - (time.perf_counter() - started)

    async def run_client(number: int) -> None:
        for ticket in tickets:
            if seconds_left() <= 0 or (plan.requests is not None and ticket > plan.requests):
                break
            key = plan.keys[len(samples) % len(plan.keys)]
            parameters = {"systemKey": key, "count": str(plan.block)}
            with idempotency_keys.for_request(key) as unique:
                if plan.idempotent:
                    parameters["idempotencyKey"] = str(unique)
                is_lost = plan.drop_one_in is not None and ticket % plan.drop_one_in == 0
                requested = time.perf_counter() - started
                for attempt in range(1, max_attempts + 1):
                    is_dropped = is_lost and attempt == 1
                    request = AuditRequest(number, parameters, requested, attempt, is_dropped)
                    sample, pause = await _send(http, plan, request, started)
                    samples.append(sample)
                    await asyncio.sleep(min(pause, max(0, seconds_left())))
                    if seconds_left() <= 0 or not is_retryable(sample.status):
                        break
            on_sample(sample)

    async def read() -> None:
        for key in itertools.cycle(plan.keys):
            requested = time.perf_counter() - started
            request = AuditRequest(None, {"systemKey": key}, requested, 1, is_dropped=False)
            sample, _ = await _send(http, plan, request, started)
            reads.append(sample)
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), READ_SECONDS)
            if is_over.is_set():
                return

    tickets = itertools.count(1)
    idempotency_keys = IdempotencyKeys()
    max_attempts = MAX_ATTEMPTS if plan.idempotent else 1
    proxy, certificates = _environment_settings(plan.url)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=plan.clients + 1, ssl=certificates),
        proxy=proxy,
        timeout=aiohttp.ClientTimeout(total=RESPONSE_SECONDS),
        # Otherwise aiohttp declares an empty body as an octet stream.
        headers={"Content-Type": "application/json", **plan.headers},
    )
    try:
        async with session as http, asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            await asyncio.wait([tasks.create_task(run_client(n)) for n in range(plan.clients)])
            seconds = time.perf_counter() - started
            is_over.set()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return AuditResult.of(samples, seconds, reads, are_keys_new=plan.are_keys_new)


def _environment_settings(url: str) -> tuple[str | None, ssl.SSLContext]:
    """Return the proxy and the certificates of the environment, which the client uses, too."""
    with requests.Session() as session:
        settings: Any = session.merge_environment_settings(url, {}, None, None, None)
    certificates = ssl.create_default_context()
    if isinstance(settings["verify"], str) and url.startswith("https"):
        try:
            load_authorities(certificates, settings["verify"])
        except CertificateError as error:
            raise CommandError(str(error)) from None
    return requests.utils.select_proxy(url, settings["proxies"]), certificates


class AuditRequest(NamedTuple):
    """One attempt of a request."""

    client: int | None
    parameters: dict[str, str]
    requested: float
    attempt: int
    is_dropped: bool


class ResponseLostError(Exception):
    """The response is incomplete, or was dropped."""


async def _send(
    http: aiohttp.ClientSession, plan: AuditPlan, request: AuditRequest, started: float
) -> tuple[Sample, float]:
    """Send one request, and return its result and the seconds to wait after it."""
    sent = time.perf_counter()
    status, last, pause, reason = None, None, PAUSE_SECONDS, None
    try:
        async with http.request(**_aiohttp_request(plan, request)) as response:
            body = await response.read()
            if request.is_dropped:
                raise ResponseLostError("dropped, because of --drop-one-in")
            is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
            if response.content_length is None and not is_chunked:
                raise ResponseLostError("incomplete response")
            status = response.status
            if status == HTTPStatus.OK and re.fullmatch(rb"[0-9]{1,38}", body):
                last, pause = int(body), 0.0
            elif status >= HTTPStatus.BAD_REQUEST and not is_retryable(status):
                message = parse_message(body) or f"not a response of a counter: {body[:100]!r}"
                raise CommandError(str(CounterRefusedError(message, status)))
            if "Retry-After" in response.headers:
                pause = min(MAX_PAUSE_SECONDS, retry_after_seconds(response.headers["Retry-After"]))
    except (aiohttp.ClientError, ResponseLostError, TimeoutError) as error:
        reason = _reason(error)
    sample = Sample(
        client=request.client,
        key=request.parameters["systemKey"],
        sent=sent - started,
        requested=request.requested,
        seconds=time.perf_counter() - sent,
        status=status,
        last=last,
        count=0 if request.client is None else plan.block,
        reason=reason,
        attempt=request.attempt,
    )
    return sample, pause


def _aiohttp_request(plan: AuditPlan, request: AuditRequest) -> dict[str, Any]:
    method, url = ("GET", f"{plan.url}/current") if request.client is None else ("POST", plan.url)
    if plan.auth is None:
        return {"method": method, "url": url, "params": request.parameters}
    signed = plan.auth(requests.Request(method, url, params=request.parameters).prepare())
    return {"method": method, "url": URL(str(signed.url), encoded=True), "headers": signed.headers}


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
        ("out of order", f"{result.disorder:,}"),
        ("gaps", f"{result.gaps:,}"),
        *([("successful retries", f"{result.successful_retries:,}")] if plan.idempotent else []),
        *((f"errors {status}" if status else "no response", f"{n:,}") for status, n in errors),
        *(
            (f"latency, {name}", f"{seconds * 1000:.1f} ms")
            for name, seconds in result.latency.items()
        ),
        ("requests a second", f"{result.requests_per_second:,.0f}"),
    ]
