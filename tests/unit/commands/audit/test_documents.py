"""The figures of an audit of documents."""

import pytest

from atomic_counter.commands.audit.documents import Assignment, DocumentsResult


def result(
    assigned: dict[str, list[int]], read: dict[str, int | None], last: int
) -> DocumentsResult:
    assignments = [Assignment("k", d, n) for d, numbers in assigned.items() for n in numbers]
    reads = [Assignment("k", document, number) for document, number in read.items()]
    return DocumentsResult(assignments, reads, {"k": last}, 1, 1)


@pytest.mark.parametrize(
    ("assigned", "read", "last", "wrong"),
    [
        ({"a": [1, 1], "b": [2]}, {"a": 1, "b": 2, "c": None}, 2, (0, 0, 0)),
        ({"a": [1, 2], "b": [2]}, {"a": 1, "b": 2}, 2, (1, 0, 0)),
        ({"a": [1], "b": [2]}, {"a": 1, "b": 3}, 2, (1, 0, 0)),
        ({"a": [1], "b": [1]}, {"a": 1, "b": 1}, 1, (0, 1, 0)),
        ({"a": [1], "b": [3]}, {"a": 1, "b": 3}, 3, (0, 0, 1)),
        ({"a": [1], "b": [2]}, {"a": 1, "b": 2}, 1, (0, 0, 1)),
    ],
)
def test_wrong_numbers_are_counted(
    assigned: dict[str, list[int]],
    read: dict[str, int | None],
    last: int,
    wrong: tuple[int, int, int],
) -> None:
    found = result(assigned, read, last)
    assert (found.changed, found.doubled, found.missing) == wrong
    assert found.is_complete == (not any(wrong))
