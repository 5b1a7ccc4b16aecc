"""Mapping templates have the semantics of Apache Velocity 1.7, and API Gateway's own."""

import pytest

from atomic_counter.local.velocity import Input, MappingTemplate, Overrides, Util, VelocityError
from tests.velocity.programs import PASSTHROUGH, PROGRAMS

DOCUMENT = (
    '{"o": {"foo": "bar", "n": null}, "l": [{"foo": "bar"}], "d": {"foo": [{"a": "b"}]},'
    ' "s": "/", "a-b": "dash"}'
)


def render(source: str, body: str = "{}", **querystring: str) -> str:
    references = {
        "input": Input(body, querystring, {"X-A": "header"}, {"id": "7"}),
        "util": Util,
        "stageVariables": {},
        "context": {
            "requestId": "r",
            "identity": {"sourceIp": "127.0.0.1"},
            "responseOverride": Overrides(header=Overrides()),
            "requestOverride": {"path": {}},
        },
    }
    return MappingTemplate(source).render(references)


@pytest.mark.parametrize(("source", "printed"), PROGRAMS.items())
def test_program_prints_what_velocity_prints(source: str, printed: str) -> None:
    assert render(source) == printed


EMPTY = ["''", '""', "$none", "$input.params('none')", "$input.path('$.none')", "$none.a.b()"]
EMPTY[-1] = "$none.a.length()"


@pytest.mark.parametrize("one", EMPTY)
@pytest.mark.parametrize("other", EMPTY)
def test_empty_text_and_missing_values_are_equal(one: str, other: str) -> None:
    assert render(f"#if({one} == {other})=#end#if({one} != {other})!#end") == "="
    assert render(f"#if(1 == 1 && ({one} == {other}))=#end") == "="


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("$none", True),
        ("!$none", False),
        ("!''", False),
        ("!0", False),
        ("0 && true", True),
        ("$none && ''", True),
        ("$none || false", True),
        ("false || $none", True),
        ("!(1 == 2)", True),
        ("!(0 && '')", False),
        ("(!false) && !(!true)", True),
        ("false && $none.length()", False),
    ],
)
def test_only_the_boolean_false_is_false_at_every_depth(condition: str, is_true: bool) -> None:
    assert render(f"#if({condition})yes#{{else}}no#end") == ("yes" if is_true else "no")
    assert render(f"#set($a = ({condition}))$a") in (("true", "") if is_true else ("false",))


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("$input.path('$.o')", "{foo=bar, n=null}"),
        ("$input.path('$.l')", '[{"foo":"bar"}]'),
        ("$input.path('$.d')", '{foo=[{"a":"b"}]}'),
        ("$input.path('$.s')", "/"),
        ("$input.json('$.o')", '{"foo":"bar","n":null}'),
        ("$input.json('$.none')", '""'),
        ('$input.path("$.o.foo")', "bar"),
        ("$input.path('$.a-b') $input.path(\"$['a-b']\")", "dash dash"),
        ("$input.path('$.l[0].foo') $input.path('$.l')[0].foo", "bar bar"),
        ("#foreach($each in $input.path('$.l'))$each.foo#end", "bar"),
        ("[$util.escapeJavaScript($none)$util.urlEncode($input.path('$.none'))]", "[]"),
        ("$util.base64Decode($util.base64Encode('é'))$util.urlDecode('%20')", "é "),
        ("$util.parseJson('{\"a\": [1, 2.50]}').a", "[1,2.5]"),
    ],
)
def test_value_prints_as_in_api_gateway(source: str, printed: str) -> None:
    assert render(source, DOCUMENT) == printed


@pytest.mark.parametrize(
    ("source", "body", "printed"),
    [
        ("$input.body", "", "{}"),
        ("$input.body", "a text", "a text"),
        ("[$input.body.x]", "a text", "[]"),
        ("$input.path('$')", "a text", "a text"),
        ("$input.json('$')", "a text", '"a text"'),
    ],
)
def test_body_can_be_empty_or_a_text(source: str, body: str, printed: str) -> None:
    assert render(source, body) == printed


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("$input.params().querystring.id $input.params().path.id", "q 7"),
        ("$input.params().header.get('X-A') $input.params('id')", "header 7"),
        ("#foreach($n in $input.params().querystring.keySet())$n;#end", "id;"),
        ("$input.params().keySet().size()", "3"),
        ("$context.requestId $context.identity.sourceIp $context.identity.user;", "r 127.0.0.1 ;"),
        ("#set($context.requestOverride.path.x = 'y')$context.requestOverride.path.x", "y"),
    ],
)
def test_parameters_and_context_have_their_members(source: str, printed: str) -> None:
    assert render(source, id="q") == printed


def test_standard_passthrough_template_works() -> None:
    rendered = " ".join(render(PASSTHROUGH, '{"a": "b"}', id="it's").split())
    assert rendered.startswith('{ "body-json" : {"a":"b"}, "params" : { "path" : { "id" : "7" }')
    assert '"querystring" : { "id" : "it\\\'s" }' in rendered
    assert '"stage-variables" : { }' in rendered
    assert '"source-ip" : "127.0.0.1", "user" : "", ' in rendered


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("$input", "$input isn't supported"),
        ("$!{util}", "$!{util} isn't supported"),
        ("$context", "$context isn't supported"),
        ("$context.identity", "$context.identity isn't supported"),
        ("$context.requestID", "$context.requestID isn't supported"),
        ("$context.get('stage')", "$context.get('stage') isn't supported"),
        ("$input.params", "$input.params isn't supported"),
        ("$util.escapeJavaScript", "$util.escapeJavaScript isn't supported"),
        ("$util.escapeJavaScript()", "needs one argument, got 0"),
        ("$method.request.querystring.id", "$method.request.querystring.id isn't supported"),
        ("$input.path('$.a[')", "JSONPath"),
        ("#set($input.a = 1)", "$input.a isn't supported as the target of #set"),
        ("#set($context.stage = 1)", "$context.stage isn't supported as the target"),
        ("#set($context.requestOverride.header.a = 1)", "requestOverride.header.a isn't supported"),
        ("#set($context.responseOverride['status'] = 1)", "isn't supported as the target"),
        ("ends in $", "can't end with $"),
        ('#set($a = "b\\"c")', "syntax error"),
        ('#set($a = "b #end c")', "#end"),
        ("\\$a", "escapes of $ and # are unknown"),
        ("${a|'b'}", "${a|'b'} isn't supported"),
        ("#if($a == null)x#end", "null isn't supported"),
        ("#return('a')", "#return('a') isn't supported"),
        ("\n\n#macro(a)x#end", "line 3: #macro(a)x#end isn't supported"),
        ('\n#set($a = "b\n$util.x()")', "line 3: $util.x() isn't supported"),
    ],
)
def test_unsupported_element_is_refused_with_its_line(source: str, named: str) -> None:
    with pytest.raises(VelocityError) as error:
        MappingTemplate(source)
    assert named in str(error.value)
    assert str(error.value).startswith("line ")


def test_every_unsupported_element_is_named_at_once() -> None:
    with pytest.raises(VelocityError) as error:
        MappingTemplate("$util.a()\n$input.b\n#macro(c)d#end\n$e.f()")
    reasons = str(error.value).removeprefix("mapping template: ").split("; ")
    assert [reason.partition(":")[0] for reason in reasons] == [f"line {n}" for n in range(1, 5)]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("$input.path('$.a')", "$input.path('$.a'): the body isn't JSON"),
        ("#set($s = 'ab')$s.substring(2, 5)", "$s.substring(2, 5): substring(2, 5) of a string"),
        ("#set($s = 'ab')$s.replaceAll('(', '')", "the regular expression '('"),
        ("#set($l = [])$l.get(0)", "get(0) of a list of 0"),
        ("#set($l = [])$l[0]", "get(0) of a list of 0"),
        ("#foreach($a in 'text')x#end", "#foreach of a string"),
        ("#set($a = 'b' + $none)", "can't add null and a string"),
        ("#set($n = 1)$n.a", "$n.a: a of a number isn't supported"),
        ("$util.parseJson('?')", "parseJson"),
        ("$util.base64Decode('é')", "base64Decode"),
        ("#set($a = 'b')#set($a.c = 1)", "#set of a member of a string"),
        ("#set($context.responseOverride.status = 1)" * 2, "status is overridden twice"),
    ],
)
def test_failing_reference_is_named_when_it_is_rendered(source: str, named: str) -> None:
    template = MappingTemplate(source)
    with pytest.raises(VelocityError) as error:
        template.render(
            {
                "input": Input("<html>"),
                "util": Util,
                "context": {"responseOverride": Overrides()},
            }
        )
    assert named in str(error.value)
