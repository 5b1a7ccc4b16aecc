"""A CloudFormation template file, read as a stack to serve: tables, routes and outputs.

Whatever isn't supported in it is refused by name when it's loaded.
"""

from atomic_counter.local.template.api import JSON_TYPE, Api, ResponseMapping, Route, Stack
from atomic_counter.local.template.api_resources import GatewayResponse
from atomic_counter.local.template.document import read_document
from atomic_counter.local.template.java import VelocityError, to_text
from atomic_counter.local.template.json_path import compile_json_path
from atomic_counter.local.template.mapping_template import MappingTemplate
from atomic_counter.local.template.reader import load_template
from atomic_counter.local.template.resources import Table

__all__ = [
    "JSON_TYPE",
    "Api",
    "GatewayResponse",
    "MappingTemplate",
    "ResponseMapping",
    "Route",
    "Stack",
    "Table",
    "VelocityError",
    "compile_json_path",
    "load_template",
    "read_document",
    "to_text",
]
