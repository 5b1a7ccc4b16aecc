"""Mapping templates render here as API Gateway renders them."""

import re
from typing import Any

import pytest

from atomic_counter.local.velocity import Input, MappingTemplate, Overrides, Util, VelocityError


def render(source: str, **references: Any) -> str:
    return MappingTemplate(source).render({"util": Util, **references})


def test_undefined_or_null_reference_prints_nothing() -> None:
    body = Input('{"null": null}')
    assert render("[$a$!b${c}$input.path('$.null')$input.path('$.none')]", input=body) == "[]"


def test_directive_alone_on_its_line_leaves_no_line_break() -> None:
    assert render("#set($a = 1)\n#if($a == 1)\n$a\n#end\n") == "1\n"


def test_line_break_after_a_block_comment_stays() -> None:
    assert render("a#* b\n *#\nc## d\ne") == "a\nce"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("#set($a = 1)#foreach($i in [2, 3])$a,#set($a = $i)#end$a", "1,2,3"),
        ("x#set($a = 1)#foreach($i in [2, 3])$a,#set($a = $i)#end$a", "x1,2,3"),
        ("#foreach($i in [2, 3])#foreach($j in [4])#set($a = $i)#end#end$a", "3"),
        ("#set($i = 1)$i,#foreach($i in [2, 3])$i,#set($i = $i)#end$i", "1,2,3,1"),
    ],
)
def test_variable_set_in_a_loop_stays_set_except_the_loop_variable(
    source: str, printed: str
) -> None:
    assert render(source) == printed


@pytest.mark.parametrize("empty", ["[]", "{}"])
def test_renderings_do_not_share_lists_and_maps(empty: str) -> None:
    add = {"[]": "$a.add('b')", "{}": "$a.put('b', 'c')"}[empty]
    template = MappingTemplate(f"#set($a = {empty})$a#set($b = {add})")
    assert template.render({}) == template.render({}) == empty


def test_string_does_not_process_backslashes() -> None:
    assert render(r"""#set($a = "\n")$a#set($b = '\\')$b""") == r"\n\\"


def test_pattern_must_match_the_whole_string() -> None:
    source = "#if($a.matches('[0-9]+'))yes#{else}no#end"
    assert [render(source, a=text) for text in ("12", "12\n", "a12")] == ["yes", "no", "no"]


def test_value_is_not_rendered_again() -> None:
    assert render("$a", a="$b #set($c = 1)", b="!") == "$b #set($c = 1)"


def test_value_that_the_library_treats_specially_is_printed() -> None:
    assert render("$a", a="__FORMAL_REFERENCE__REPLACE_TEXT__") != "$a"


def test_escape_java_script_escapes_like_commons_lang() -> None:
    escaped = Util.escapeJavaScript("""'"/\\\b\n\t\f\r\x00\x1f\x7fé😀""")
    assert escaped == r"\'\"\/\\\b\n\t\f\r\u0000\u001F" + "\x7f" + r"\u00E9\uD83D\uDE00"


def test_query_string_parameter_hides_header() -> None:
    both = Input("", {"a": "query"}, {"a": "header", "b": "header"})
    assert [both.params("a"), both.params("b"), both.params("c")] == ["query", "header", None]


def test_parameter_named_like_a_method_does_not_hide_it() -> None:
    request = Input("", {"get": "x", "a": "y"})
    assert render("$input.params().querystring.get('a')", input=request) == "y"


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("$.a.b", "raw"),
        ("$.n", "12"),
        ("$.yes", "true"),
        ("$.list[1]", "second"),
        ("$.list[2]", ""),
        ("$..b", '["raw"]'),
    ],
)
def test_path_prints_what_it_selects(expression: str, printed: str) -> None:
    body = Input('{"a": {"b": "raw"}, "n": 12, "yes": true, "list": ["first", "second"]}')
    assert render(f"$input.path('{expression}')", input=body) == printed


def test_json_prints_json() -> None:
    assert render("$input.json('$.a')", input=Input('{"a": {"b": "c"}}')) == '{"b":"c"}'


@pytest.mark.parametrize("condition", ["$none", "$input.path('$.null')", "$empty", "$zero"])
def test_only_the_boolean_false_is_false(condition: str) -> None:
    source = f"#if({condition})yes#{{else}}no#end#if($no)yes#{{else}}no#end"
    body = Input('{"null": null}')
    assert render(source, input=body, empty="", zero=0, no=False) == "yesno"


def test_second_override_fails() -> None:
    source = "#set($context.responseOverride.status = 400)"
    context = {"responseOverride": Overrides()}
    assert render(source, context=context) == ""
    with pytest.raises(VelocityError, match="status is overridden twice"):
        render(source, context=context)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("$util.toJson('a')", "util.toJson"),
        ("$input.header('a')", "input.header"),
        ("#if(1 == 1 && ($util.toJson('a')))#end", "util.toJson"),
        ("#evaluate('x')", "#evaluate('x')"),
        ("#macro(a)x#end", "#macro(a)x#end"),
        ("#thing('x')", "#thing('x')"),
        ("$a.toLowerCase()", "toLowerCase()"),
        ("#if($a.b.isBlank())#end", "isBlank()"),
        ("$input.path('$.a').upper()", "upper()"),
        ("#if(true) never ends", "#end"),
    ],
)
def test_unsupported_element_is_named_when_the_template_is_loaded(source: str, named: str) -> None:
    with pytest.raises(VelocityError) as error:
        MappingTemplate(source)
    assert named in str(error.value)


def test_failing_reference_is_named_when_it_is_rendered() -> None:
    with pytest.raises(VelocityError, match="parseJson"):
        render("$util.parseJson('?')")


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("$text.size()", "size() of a string"),
        ("$text.upper", "upper of a string"),
        ("$list.length()", "length() of a list"),
        ("$map.length()", "length() of a map"),
        ("$number.length()", "length() of a number"),
    ],
)
def test_missing_method_is_named_when_it_is_rendered(source: str, named: str) -> None:
    with pytest.raises(VelocityError, match=re.escape(named)):
        render(source, text="a", list=["a"], map={"b": "c"}, number=1)


def test_member_of_nothing_and_missing_map_entry_print_nothing() -> None:
    assert render("[$none.a.length()$map.items$map.get('c')]", map={"b": "c"}) == "[]"


def test_map_entry_does_not_hide_its_method() -> None:
    assert render("$map.get('get') $map.get", map={"get": "a"}) == "a a"
