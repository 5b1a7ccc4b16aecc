"""The figures of an audit of documents."""

import pytest

from atomic_counter.commands.audit.documents_result import (
    Assignment,
    AssignmentCall,
    DocumentsResult,
)

FIFTY = {str(number): number for number in range(1, 51)}


def result(
    assigned: dict[str, list[int]],
    read: dict[str, int | None],
    last: int,
    *,
    are_keys_new: bool = True,
) -> DocumentsResult:
    assignments = [Assignment("k", d, n) for d, numbers in assigned.items() for n in numbers]
    reads = [Assignment("k", document, number) for document, number in read.items()]
    calls = [AssignmentCall(assignments, 1, is_list=True)]
    return DocumentsResult(calls, reads, {"k": last}, 1, 1, are_keys_new)


@pytest.mark.parametrize(
    ("assigned", "read", "last", "wrong"),
    [
        ({"a": [1, 1], "b": [2]}, {"a": 1, "b": 2}, 2, (0, 0, 0, 0, 0)),
        ({"a": [1, 1], "b": [2]}, {"a": 1, "b": 2, "c": None}, 2, (0, 0, 0, 0, 1)),
        ({"a": [1, 2], "b": [2]}, {"a": 1, "b": 2}, 2, (1, 0, 0, 0, 0)),
        ({"a": [1], "b": [2]}, {"a": 1, "b": 3}, 2, (1, 0, 1, 1, 0)),
        ({"a": [1], "b": [1]}, {"a": 1, "b": 1}, 1, (0, 1, 0, 0, 0)),
        ({"a": [1], "b": [3]}, {"a": 1, "b": 3}, 3, (0, 0, 1, 0, 0)),
        ({"a": [1], "b": [2]}, {"a": 1, "b": 2}, 1, (0, 0, 0, 1, 0)),
        ({}, FIFTY | {"5": 51}, 50, (0, 0, 1, 1, 0)),
        ({}, FIFTY | {"5": 0}, 50, (0, 0, 1, 1, 0)),
        ({}, FIFTY | dict.fromkeys(map(str, range(4, 51))), 50, (0, 0, 47, 0, 47)),
        ({}, FIFTY | dict.fromkeys(map(str, range(4, 51))), 3, (0, 0, 0, 0, 47)),
    ],
)
def test_wrong_numbers_are_counted(
    assigned: dict[str, list[int]],
    read: dict[str, int | None],
    last: int,
    wrong: tuple[int, int, int, int, int],
) -> None:
    found = result(assigned, read, last)
    defects = found.changed, found.doubled, found.missing, found.beyond, found.without_number
    assert defects == wrong
    assert found.is_complete == (not any(wrong))


def test_numbers_of_an_existing_key_can_be_of_other_documents_but_not_beyond_its_counter() -> None:
    for number, is_complete in ((7, True), (8, False), (0, False)):
        assert result({}, {"a": number}, 7, are_keys_new=False).is_complete == is_complete


def test_only_calls_of_assign_many_are_lists_and_all_documents_of_a_call_are_assignments() -> None:
    alone = AssignmentCall([Assignment("k", "a", 1)], 2, is_list=False)
    many = [Assignment("k", "a", 1), Assignment("k", "b", None, "no response")]
    found = DocumentsResult([alone, AssignmentCall(many, 9, is_list=True)], [], {"k": 1}, 1, 3)
    assert (len(found.assignments), found.lists, found.failed) == (3, 1, many[1:])
    assert set(found.latency.values()) == {2}
