"""`$context` has one table of members, which the templates, the gateway and these tests share."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from atomic_counter.local.cloudformation import load_template
from atomic_counter.local.velocity import CONTEXT_MEMBERS, ContextSource
from atomic_counter.tooling.errors import CommandError
from tests.unit.local.cloudformation.documents import INTEGRATION, document, properties
from tests.unit.local.gateway.test_over_http import Sent, api, echo


def members(source: ContextSource) -> list[str]:
    return sorted(member for member, each in CONTEXT_MEMBERS.items() if each is source)


@pytest.mark.parametrize("member", members(ContextSource.REQUEST))
def test_member_of_a_request_is_never_empty(member: str) -> None:
    route = echo(f"$context.{member}", api_key_required=True)
    served = replace(api(("/s/a", "GET", route)), api_keys=frozenset({"right"}))
    sent = Sent(served, "/s/a", "x-api-key: right")
    assert sent.status == 200
    assert sent.text


@pytest.mark.parametrize("member", CONTEXT_MEMBERS)
def test_every_member_is_accepted_where_aws_fills_it_from_the_request_or_not_at_all(
    tmp_path: Path, member: str
) -> None:
    assert load(tmp_path, member).routes


@pytest.mark.parametrize(
    ("source", "method", "need"),
    [
        (ContextSource.SIGNATURE, {"AuthorizationType": "AWS_IAM"}, "a verified signature"),
        (ContextSource.API_KEY, {"ApiKeyRequired": True}, "an API key with an id"),
    ],
)
def test_member_that_aws_would_print_and_the_gateway_cannot_is_refused(
    tmp_path: Path, source: ContextSource, method: dict[str, Any], need: str
) -> None:
    for member in members(source):
        with pytest.raises(CommandError, match=f"context.{member} isn't known here: .*{need}"):
            load(tmp_path, member, **method)


def load(folder: Path, member: str, **method: Any) -> Any:
    """Load a template of one method, whose request template prints a member of `$context`."""
    changed = document()
    templates = {"application/json": f"$context.{member}"}
    properties("Method")(changed).update(
        method, Integration=INTEGRATION | {"RequestTemplates": templates}
    )
    path = folder / "Stack.template.json"
    path.write_text(json.dumps(changed))
    return load_template(path).api
