"""A program that shares a client and a counter with its child processes.

It prints a line with the numbers of each process.
"""

import itertools
import os
import sys
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Literal

from atomic_counter.client import Counter, CounterClient

CHILDREN = 3


def print_numbers(client: CounterClient, counter: Counter, key: str) -> None:
    """Print numbers from memory and from requests, in one write."""
    numbers = list(itertools.islice(counter, 500)) + [client.next(key) for _ in range(50)]
    os.write(sys.stdout.fileno(), (" ".join(map(str, numbers)) + "\n").encode())


def count_by_itself(url: str, key: str) -> None:
    client = CounterClient(url)
    print_numbers(client, client.counter(key, block=100), key)


def main(url: str, key: str, start_method: Literal["fork", "spawn"]) -> None:
    client = CounterClient(url)
    counter = client.counter(key, block=100)
    print(*(next(counter) for _ in range(70)), flush=True)
    children: list[BaseProcess] = []
    for _ in range(CHILDREN):
        if start_method == "fork":
            share = (client, counter, key)
            children.append(get_context("fork").Process(target=print_numbers, args=share))
        else:
            own = (url, key)
            children.append(get_context("spawn").Process(target=count_by_itself, args=own))
        children[-1].start()
    print_numbers(client, counter, key)
    for child in children:
        child.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "fork" if sys.argv[3] == "fork" else "spawn")
