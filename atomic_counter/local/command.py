"""The command `atomic-counter serve`."""

import asyncio
import errno
import gc
import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from aiohttp import web
from yarl import URL

from atomic_counter.local.dynamodb import (
    LOCAL_CREDENTIALS,
    Backend,
    CloudLimits,
    DynamoDB,
    default_credentials,
    dynalite,
)
from atomic_counter.local.gateway import Gateway, Server
from atomic_counter.local.template import Stack, load_template
from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.gateway_process import ServedStack
from atomic_counter.tooling.parameters import (
    ParameterType,
    data_option,
    positive_number,
    template_options,
    templates,
    whole_number,
)

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5
MAX_PORT = 65535


def _endpoint(text: str) -> str:
    url = URL(text)
    if url.scheme in ("http", "https") and url.host and url.port:
        return text
    raise ValueError(text)


@dataclass(frozen=True)
class ServeOptions:
    """The options of `atomic-counter serve`, by the names of its parameters."""

    port: int
    host: str
    data: Path
    dynamodb_endpoint: str | None
    template: Sequence[Path]
    context: Sequence[tuple[str, str]]
    write_limit: float | None
    latency: float
    lose_one_in: int | None
    is_json: bool


@click.command
@click.option(
    "--port",
    type=whole_number(0, MAX_PORT, "PORT"),
    default=8080,
    help="The port of the first stack, or 0 for a free port. Default: 8080.",
)
@click.option("--host", default="127.0.0.1", help="The address to bind. Default: 127.0.0.1.")
@data_option
@click.option(
    "--dynamodb-endpoint",
    type=ParameterType("URL", "a URL such as http://127.0.0.1:8000", _endpoint),
    help="Another engine: DynamoDB Local, ScyllaDB Alternator or DynamoDB itself.",
)
@template_options
@click.option(
    "--write-limit",
    type=positive_number("N"),
    help="Throttle writes to one key beyond N a second. In DynamoDB the limit is 1000.",
)
@click.option(
    "--latency",
    type=positive_number("MS"),
    default=0,
    help="Delay each call of DynamoDB by MS milliseconds.",
)
@click.option(
    "--lose-one-in",
    type=whole_number(2),
    help="Lose one in N responses of DynamoDB to a write, after the write.",
)
@click.option("--json", "is_json", is_flag=True, help="Print what is served as a line of JSON.")
def serve(**values: Any) -> None:
    """Serve the counter on this machine.

    Ctrl-C or SIGTERM stops it, and with --json the end of its standard input. What was counted is
    kept.
    """
    handler = logging.StreamHandler()
    handler.addFilter(_is_first_in_a_second)
    logging.basicConfig(format="%(levelname)s %(message)s", handlers=[handler])
    options = ServeOptions(**values)
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_serve(options))
    if not options.is_json:
        print("Stopped.", flush=True)


def _is_first_in_a_second(record: logging.LogRecord, logged: dict[str, float] = {}) -> bool:  # noqa: B006 (the memory)
    """Return whether no message of this form was logged in the last second: a fault can repeat."""
    form = str(record.msg).partition("\n")[0]
    is_first = record.created - logged.get(form, 0) >= 1
    if is_first:
        logged[form] = record.created
    return is_first


async def _serve(options: ServeOptions) -> None:
    """Serve until the task is canceled."""
    _cancel_on_termination(at_end_of_input=options.is_json)
    async with AsyncExitStack() as cleanup:
        listeners = [cleanup.enter_context(_listen(options.host, options.port))]
        paths = asyncio.create_task(asyncio.to_thread(templates, options.template, options.context))
        endpoint = options.dynamodb_endpoint or await _start_engine(options.data, cleanup)
        stacks = [load_template(path) for path in await paths]
        for number in range(1, len(stacks)):
            port = options.port and options.port + number
            listeners.append(cleanup.enter_context(_listen(options.host, port)))
        is_local = options.dynamodb_endpoint is None
        credentials = LOCAL_CREDENTIALS if is_local else default_credentials()
        dynamodb = await cleanup.enter_async_context(DynamoDB(endpoint, credentials))
        backend = _with_cloud_limits(dynamodb, options)
        for stack, listener in zip(stacks, listeners, strict=True):
            for warning in stack.warnings:
                log.warning("%s: %s", stack.name, warning)
            for name, table in stack.tables.items():
                await dynamodb.ensure_table(name, table)
            for seed in stack.seeds:
                await dynamodb.put_if_absent(seed)
            server = Server(Gateway(stack.api, backend))
            runner = web.ServerRunner(server, shutdown_timeout=DRAIN_SECONDS)
            await runner.setup()
            cleanup.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
        # Everything that exists now stays, so the garbage collector needn't examine it again.
        gc.freeze()
        print_served = _print_json if options.is_json else _print_text
        print_served(list(zip(stacks, map(_base_url, listeners), strict=True)), endpoint)
        await asyncio.Event().wait()


def _cancel_on_termination(*, at_end_of_input: bool) -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task

    def cancel(*_: object) -> None:
        with suppress(RuntimeError):  # The event loop is closed.
            loop.call_soon_threadsafe(task.cancel)

    def wait_for_end_of_input() -> None:
        while os.read(0, 1024):
            pass
        cancel()

    signal.signal(signal.SIGTERM, cancel)
    if at_end_of_input:
        threading.Thread(target=wait_for_end_of_input, daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if port > MAX_PORT:
            raise OSError(errno.EADDRNOTAVAIL, "no port")
        socket.getaddrinfo(host, port, family)  # Raises an error that says what is wrong.
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            f"can't listen on port {port} of {host}: {reason};"
            " choose another port with --port, or make serve PORT=9000"
        ) from None


async def _start_engine(data: Path, cleanup: AsyncExitStack) -> str:
    await asyncio.to_thread(node.install_packages)
    return await cleanup.enter_async_context(dynalite(data))


def _with_cloud_limits(dynamodb: DynamoDB, options: ServeOptions) -> Backend:
    if not (options.latency or options.write_limit or options.lose_one_in):
        return dynamodb
    latency_seconds = options.latency / 1000
    return CloudLimits(dynamodb, latency_seconds, options.write_limit, options.lose_one_in)


def _print_text(served: Sequence[tuple[Stack, str]], endpoint: str) -> None:
    print("Outputs:")
    for stack, base_url in served:
        for name, value in stack.outputs_at(base_url).items():
            print(f"{stack.name}.{name} = {value}")
    print(f"\nDynamoDB endpoint: {endpoint}")
    for stack, _ in served:
        for api_key in stack.api.api_keys:
            print(f"API key of {stack.name}, for the header x-api-key: {api_key}")
    if any(stack.api.is_signed for stack, _ in served):
        print("Unsigned requests are refused (authorization=iam). Signatures aren't verified.")
    print("Press Ctrl-C to stop.", flush=True)


def _print_json(served: Sequence[tuple[Stack, str]], endpoint: str) -> None:
    stacks = []
    for stack, base_url in served:
        outputs = stack.outputs_at(base_url)
        url = outputs.get("apigwcounterurl", base_url).partition("?")[0]
        table = outputs.get("tablename", "")
        api_keys = tuple(stack.api.api_keys)
        stacks.append(asdict(ServedStack(stack.name, url, table, api_keys, stack.api.is_signed)))
    print(json.dumps({"stacks": stacks, "endpoint": endpoint}), flush=True)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
