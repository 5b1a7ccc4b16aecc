"""Serve the counter on this machine: `python -m atomic_counter.local`."""

import argparse
import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from aiohttp import web
from yarl import URL

from atomic_counter.local import LocalError, node
from atomic_counter.local.arguments import (
    KEPT,
    add_template_arguments,
    check_template_arguments,
    positive,
    templates_of,
)
from atomic_counter.local.dynamodb import (
    ANYBODY,
    Backend,
    CloudLimits,
    DynamoDB,
    connect,
    dynalite,
    own_credentials,
)
from atomic_counter.local.gateway import Gateway, Server
from atomic_counter.local.template import Stack, load

DRAIN_SECONDS = 5
HIGHEST_PORT = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    parser = _parser()
    options = parser.parse_args(arguments)
    check_template_arguments(parser, options)
    try:
        with suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(serve(options))
        print("Stopped.", flush=True)
        return 0
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


async def serve(options: argparse.Namespace) -> None:
    """Serve until the task is cancelled, by Ctrl-C or a termination signal."""
    _cancel_on_termination()
    async with AsyncExitStack() as cleanup:
        listeners = [cleanup.enter_context(_listen(options.host, options.port))]
        templates = asyncio.create_task(asyncio.to_thread(templates_of, options))
        endpoint = await _engine(options, cleanup)
        stacks = [load(template) for template in await templates]
        for number in range(1, len(stacks)):
            port = options.port and options.port + number
            listeners.append(cleanup.enter_context(_listen(options.host, port)))
        credentials = own_credentials() if options.dynamodb_endpoint else ANYBODY
        dynamodb = await cleanup.enter_async_context(connect(endpoint, credentials))
        backend = _in_the_cloud(dynamodb, options)
        for stack, listener in zip(stacks, listeners, strict=True):
            for name, table in stack.tables.items():
                await dynamodb.ensure_table(name, table)
            server = Server(Gateway(stack.api, backend))
            runner = web.ServerRunner(server, shutdown_timeout=DRAIN_SECONDS)
            await runner.setup()
            cleanup.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
        # What is there now stays: the garbage collector need not look through it again.
        gc.freeze()
        _announce(list(zip(stacks, map(_base_url, listeners), strict=True)), endpoint)
        await asyncio.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m atomic_counter.local", description=__doc__)
    parser.add_argument(
        "--port",
        type=_port,
        default=8080,
        help="0 takes a free one (default: 8080); further Regions have the next ones",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        default=KEPT / "data",
        help="where the engine keeps what was counted (default: .local/data in the checkout)",
    )
    parser.add_argument(
        "--dynamodb-endpoint",
        type=_endpoint,
        metavar="URL",
        help="another engine: DynamoDB Local, ScyllaDB Alternator or DynamoDB itself",
    )
    add_template_arguments(parser)
    cloud = parser.add_argument_group("as in the cloud")
    cloud.add_argument(
        "--write-limit",
        type=positive(float),
        metavar="N",
        help="writes a second that one key can take, then throttle; in DynamoDB it is 1000",
    )
    cloud.add_argument(
        "--latency",
        type=positive(float),
        default=0,
        metavar="MS",
        help="added to each call of DynamoDB",
    )
    cloud.add_argument(
        "--lose-one-in",
        type=_one_in,
        metavar="N",
        help="lose one in N answers of DynamoDB to a write, after the write",
    )
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= HIGHEST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"a port is a number from 0 to {HIGHEST_PORT}, not {text}")


def _endpoint(text: str) -> str:
    with suppress(ValueError):
        url = URL(text)
        if url.scheme in ("http", "https") and url.host and url.port:
            return text
    raise argparse.ArgumentTypeError(
        f"an endpoint is a URL such as http://127.0.0.1:8000, not {text}"
    )


def _one_in(text: str) -> int:
    if text.isdecimal() and int(text) > 1:
        return int(text)
    raise argparse.ArgumentTypeError(f"a whole number above 1 is needed, not {text}")


def _in_the_cloud(dynamodb: DynamoDB, options: argparse.Namespace) -> Backend:
    if not (options.latency or options.write_limit or options.lose_one_in):
        return dynamodb
    latency_seconds = options.latency / 1000
    return CloudLimits(dynamodb, latency_seconds, options.write_limit, options.lose_one_in)


def _cancel_on_termination() -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if port > HIGHEST_PORT:
            raise OSError(errno.EADDRNOTAVAIL, "no port")
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise LocalError(
            f"cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)};"
            " choose another with --port, or make serve PORT=9000"
        ) from None


async def _engine(options: argparse.Namespace, cleanup: AsyncExitStack) -> str:
    """The engine's endpoint; the one of this project is started."""
    if options.dynamodb_endpoint:
        return str(options.dynamodb_endpoint)
    await asyncio.to_thread(node.install_packages)
    return await cleanup.enter_async_context(dynalite(options.data))


def _announce(served: Sequence[tuple[Stack, str]], endpoint: str) -> None:
    print("Outputs:")
    for stack, base_url in served:
        for name, value in stack.outputs_at(base_url).items():
            print(f"{stack.name}.{name} = {value}")
    print(f"\nDynamoDB endpoint: {endpoint}")
    for stack, _ in served:
        for api_key in stack.api.api_keys:
            print(f"API key of {stack.name}, for the header x-api-key: {api_key}")
    if any(route.signed for stack, _ in served for route in stack.api.routes.values()):
        print("IAM authorization is on: unsigned requests are refused, signatures are not checked.")
    print("Press Ctrl-C to stop.", flush=True)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


if __name__ == "__main__":
    sys.exit(main())
