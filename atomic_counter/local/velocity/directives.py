"""Compiles mapping templates to Python functions, with the semantics of Apache Velocity 1.7.

The library airspeed-ext parses a template. Its evaluation isn't used, as it has Python's semantics.
An element that isn't compiled here is a problem, with its line.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

from airspeed import operators as parsed

from atomic_counter.local.velocity.expressions import ExpressionCompiler, Problem, Problems
from atomic_counter.local.velocity.references import (
    Compute,
    Constant,
    Defined,
    Reference,
    Scope,
    Write,
    member,
)
from atomic_counter.local.velocity.values import VelocityError, to_text, type_name

LINE_BREAK = re.compile(r"\A[ \t]*(\r\n|\n|\r)")
LOOP_VARIABLES = ("foreach", "velocityCount", "velocityHasNext")


class StopSignal(Exception):  # noqa: N818 (no error)
    """The directive `#stop` ends the template."""


class Compiler:
    """Compiles one template.

    Args:
        compile_root: As for `ExpressionCompiler`.
        check_target: Returns why a root can't be set at these members, or None. A member is None if
            its name is computed.

    Attributes:
        problems: What isn't supported.
    """

    def __init__(
        self,
        compile_root: Callable[[Reference], Compute | str | None],
        check_target: Callable[[str, Sequence[str | None]], str | None],
    ) -> None:
        self.problems = Problems()
        self._expressions = ExpressionCompiler(self.problems, compile_root, self._writer)
        self._check_target = check_target

    def template(self, source: str) -> Write:
        """Compile a template. What can't be compiled is in `problems`."""
        try:
            tree = parsed.TemplateBody("", source)
        except parsed.TemplateSyntaxError as error:
            self.problems.append(Problem(error.line, _sentence(error)))
            return _write_nothing
        except (parsed.NoMatch, KeyError, RecursionError, ValueError) as error:
            self.problems.append(Problem(1, f"it can't be parsed: {error}"))
            return _write_nothing
        if source.endswith("$"):
            self.problems.refuse(tree, "a template can't end with $")
        return self._block(tree.block)

    def _block(self, block: parsed.Block, *, is_loop: bool = False) -> Write:
        children = list(_without_blanks_before_set(block.children))
        writers = [self._writer(child) for child in children]
        if is_loop and children and isinstance(children[0], parsed.Text):
            # A line break after #foreach belongs to it, which the parser doesn't know.
            writers[0] = _constant(LINE_BREAK.sub("", children[0].my_text()))
        writers = [writer for writer in writers if writer is not _write_nothing]
        if len(writers) == 1:
            return writers[0]

        def write(scope: Scope, out: list[str]) -> None:
            for writer in writers:
                writer(scope, out)

        return write if writers else _write_nothing

    def _writer(self, element: parsed._Element) -> Write:  # noqa: PLR0911 (one for each kind)
        match element:
            case parsed.Text() | parsed.FallthroughHashText():
                return self._text(element)
            case parsed.FormalReference():
                return self._printed(element)
            case parsed.Comment():
                return _constant(_line_break(element))
            case parsed.IfDirective():
                return self._if(element)
            case parsed.SetDirective(assignment=assignment):
                return self._set(assignment)
            case parsed.ForeachDirective():
                return self._foreach(element)
            case parsed.DefineDefinition(arg_names=[]):
                return self._define(element)
            case parsed.StopDirective():
                return _stop
        self.problems.unsupported(element)
        return _write_nothing

    def _text(self, element: Any) -> Write:
        if re.search(r"\\[$#]", element.my_text()):
            self.problems.unsupported(element, ", as API Gateway's escapes of $ and # are unknown")
        return _constant(element.my_text())

    def _printed(self, element: Any) -> Write:
        if element.expression is None:
            if element.my_text() != "$":
                self.problems.unsupported(element)
            return _constant(element.my_text())
        compute = self._expressions.reference(element)

        def write(scope: Scope, out: list[str]) -> None:
            value = compute(scope)
            if value is not None:
                out.append(to_text(value))

        return write

    def _if(self, element: Any) -> Write:
        branches = [
            (self._expressions.expression(each.condition), self._block(each.block))
            for each in (element, *element.elseifs)
        ]
        has_else = isinstance(element.else_block, parsed.ElseBlock)
        otherwise = self._block(element.else_block.block) if has_else else _write_nothing

        def write(scope: Scope, out: list[str]) -> None:
            for condition, block in branches:
                if condition(scope) is not False:
                    block(scope, out)
                    return
            otherwise(scope, out)

        return write

    def _set(self, assignment: Any) -> Write:
        name, value = assignment.root_term, self._expressions.expression(assignment.value)
        terms = [term.term for term in assignment.terms]
        if not terms:
            if reason := self._check_target(name, ()):
                self.problems.refuse(assignment, reason)

            def write(scope: Scope, out: list[str]) -> None:  # noqa: ARG001 (a writer's form)
                found = value(scope)
                if found is not None:  # As in Velocity, null leaves a variable as it is.
                    scope[name] = found

            return write
        names = [t.value if isinstance(t, parsed.DotDictAccessTerm) else None for t in terms]
        reason = self._check_target(name, names)
        if reason:
            self.problems.refuse(assignment, reason)
        keys = [self._term(term) for term in terms]

        def write_member(scope: Scope, out: list[str]) -> None:  # noqa: ARG001 (a writer's form)
            found, target = value(scope), scope.get(name)
            for key in keys[:-1]:
                target = member(target, key(scope))
            if not isinstance(target, dict):
                raise VelocityError(f"#set of a member of a {type_name(target)}")
            if found is not None:
                target[keys[-1](scope)] = found

        return write_member

    def _term(self, term: Any) -> Compute:
        if isinstance(term, parsed.DotDictAccessTerm):
            return Constant(term.value)
        return self._expressions.expression(term.value)

    def _foreach(self, element: Any) -> Write:
        values, name = self._expressions.expression(element.value), element.loop_var_name
        block = self._block(element.block, is_loop=True)

        def write(scope: Scope, out: list[str]) -> None:
            items = _items(values(scope))
            before = {variable: scope.get(variable) for variable in (name, *LOOP_VARIABLES)}
            for index, item in enumerate(items):
                scope["foreach"] = {
                    "count": index + 1,
                    "index": index,
                    "hasNext": index + 1 < len(items),
                    "first": index == 0,
                    "last": index + 1 == len(items),
                }
                scope["velocityCount"] = index + 1
                scope["velocityHasNext"] = index + 1 < len(items)
                scope[name] = item
                block(scope, out)
            scope.update(before)

        return write

    def _define(self, element: Any) -> Write:
        name, defined = element.function_name, Defined(self._block(element.block))

        def write(scope: Scope, out: list[str]) -> None:  # noqa: ARG001 (a writer's form)
            scope[name] = defined

        return write


def _without_blanks_before_set(children: Sequence[Any]) -> Iterator[Any]:
    """Return the elements of a block. In Velocity, `#set` begins with the blanks before it.

    Blanks after a text or a line break belong to the text instead.
    """
    for child, following in zip_longest(children, children[1:]):
        is_before_set = isinstance(child, parsed.Text) and isinstance(
            following, parsed.SetDirective
        )
        if not (is_before_set and not child.my_text().strip(" \t")):
            yield child


def _items(values: Any) -> Sequence[Any]:
    if values is None:
        return ()
    if isinstance(values, dict):
        return list(values.values())
    if isinstance(values, list):
        return values
    raise VelocityError(f"#foreach of a {type_name(values)} isn't supported")


def _constant(text: str) -> Write:
    return (lambda _, out: out.append(text)) if text else _write_nothing


def _write_nothing(scope: Scope, out: list[str]) -> None:
    """Write nothing."""


def _stop(_scope: Scope, _out: list[str]) -> None:
    raise StopSignal


def _line_break(comment: Any) -> str:
    """Return the line break that the parser takes to be the end of a comment `#* … *#`."""
    text = str(comment.my_text())
    return text.partition("*#")[2] if text.startswith("#*") else ""


def _sentence(error: parsed.TemplateSyntaxError) -> str:
    text = str(error).partition(": ")[2]
    return f"syntax error: {' '.join(text.split())}"
