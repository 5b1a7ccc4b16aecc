"""The command `atomic-counter serve`."""

import asyncio
import errno
import logging
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import click
from aiohttp import web
from yarl import URL

from atomic_counter.local.cloudformation import Stack, load_template
from atomic_counter.local.dynamodb import (
    Backend,
    DynamoDB,
    EngineError,
    SimulatedCloud,
    dynalite,
    endpoint_region,
    signed_headers,
)
from atomic_counter.local.gateway import Gateway, Server
from atomic_counter.tooling import node
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.gateway_process import ServedStack, print_served
from atomic_counter.tooling.parameters import (
    HTTP_URL,
    data_option,
    positive_number,
    template_options,
    templates,
    whole_number,
)
from atomic_counter.tooling.terminal import log_to_terminal

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5
MAX_PORT = 65535


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
    type=HTTP_URL,
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
def serve(  # noqa: PLR0913 (a command has a parameter for each option)
    *,
    port: int,
    host: str,
    data: Path,
    dynamodb_endpoint: str | None,
    template: Sequence[Path],
    context: Sequence[tuple[str, str]],
    write_limit: float | None,
    latency: float,
    lose_one_in: int | None,
    is_json: bool,
) -> None:
    """Serve the counter on this machine.

    Ctrl-C or SIGTERM stops it, and with --json the end of its standard input. What was counted is
    kept.
    """
    log_to_terminal()

    def simulate(dynamodb: DynamoDB) -> Backend:
        if not (latency or write_limit or lose_one_in):
            return dynamodb
        return SimulatedCloud(dynamodb, latency / 1000, write_limit, lose_one_in)

    async def run() -> None:
        _cancel_on_termination(at_end_of_input=is_json)
        async with AsyncExitStack() as cleanup:
            listeners = [cleanup.enter_context(_listen(host, port))]
            paths = asyncio.create_task(asyncio.to_thread(templates, template, context))
            dynamodb = await cleanup.enter_async_context(_engine(dynamodb_endpoint, data))
            stacks = [load_template(path) for path in await paths]
            listeners += [
                cleanup.enter_context(_listen(host, port and port + number))
                for number in range(1, len(stacks))
            ]
            for stack, listener in zip(stacks, listeners, strict=True):
                await _create_tables(stack, dynamodb)
                server = Server(Gateway(stack.api, simulate(dynamodb)))
                await cleanup.enter_async_context(_serving(server, listener))
            served = list(zip(stacks, map(_base_url, listeners), strict=True))
            (_print_json if is_json else _print_text)(served, dynamodb.endpoint)
            await asyncio.Event().wait()

    try:
        with suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(run())
    except EngineError as error:
        raise CommandError(str(error)) from None
    if not is_json:
        print("Stopped.", flush=True)


@asynccontextmanager
async def _engine(endpoint: str | None, data: Path) -> AsyncIterator[DynamoDB]:
    """Connect to the engine at an endpoint, or else to one that runs until the end of the block."""
    if endpoint:
        headers = signed_headers(URL(endpoint), endpoint_region(endpoint))
        async with DynamoDB(endpoint, headers) as dynamodb:
            yield dynamodb
        return
    await asyncio.to_thread(node.install_packages)
    async with dynalite(node.executable(), data) as started, DynamoDB(started) as dynamodb:
        yield dynamodb


async def _create_tables(stack: Stack, dynamodb: DynamoDB) -> None:
    for warning in stack.warnings:
        log.warning("%s: %s", stack.name, warning)
    for name, table in stack.tables.items():
        await dynamodb.ensure_table(table.create_parameters(name))
    counted_in = stack.outputs.get("tablename")
    if counted_in and counted_in not in stack.tables and not await dynamodb.has_table(counted_in):
        log.warning(
            "%s: the table %s doesn't exist yet at %s, and this stack creates none",
            *(stack.name, counted_in, dynamodb.endpoint),
        )
    for seed in stack.seeds:
        await dynamodb.put_if_absent(seed)


@asynccontextmanager
async def _serving(server: Server, listener: socket.socket) -> AsyncIterator[None]:
    runner = web.ServerRunner(server, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


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


def _print_text(served: Sequence[tuple[Stack, str]], endpoint: str) -> None:
    print("Outputs:")
    for stack, base_url in served:
        for name, value in stack.outputs_at(base_url).items():
            print(f"{stack.name}.{name} = {value}")
    print(f"\nDynamoDB endpoint: {endpoint}")
    for stack, _ in served:
        for api_key in stack.api.api_keys:
            print(f"API key of {stack.name}, for the header x-api-key: {api_key}")
    if any(stack.api.requires_signature for stack, _ in served):
        print("Unsigned requests are refused (authorization=iam). Signatures aren't verified.")
    print("Press Ctrl-C to stop.", flush=True)


def _print_json(served: Sequence[tuple[Stack, str]], endpoint: str) -> None:
    print_served([_served_stack(stack, base_url) for stack, base_url in served], endpoint)


def _served_stack(stack: Stack, base_url: str) -> ServedStack:
    outputs = stack.outputs_at(base_url)
    url = outputs.get("apigwcounterurl", base_url).partition("?")[0]
    table, api_keys = outputs.get("tablename", ""), tuple(stack.api.api_keys)
    return ServedStack(stack.name, url, table, api_keys, stack.api.requires_signature)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
