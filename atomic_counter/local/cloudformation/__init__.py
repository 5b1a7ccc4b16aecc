"""A CloudFormation template file, read as a stack to serve: tables, routes and outputs.

Loading refuses what isn't supported, and names it.
"""

from atomic_counter.local.cloudformation.api_resources import GatewayResponse
from atomic_counter.local.cloudformation.document import read_document
from atomic_counter.local.cloudformation.intrinsics import PSEUDO_PARAMETERS
from atomic_counter.local.cloudformation.reader import load_template
from atomic_counter.local.cloudformation.resources import Table
from atomic_counter.local.cloudformation.stack import (
    JSON_TYPE,
    Api,
    ResponseMapping,
    Route,
    Stack,
)

__all__ = [
    "JSON_TYPE",
    "PSEUDO_PARAMETERS",
    "Api",
    "GatewayResponse",
    "ResponseMapping",
    "Route",
    "Stack",
    "Table",
    "load_template",
    "read_document",
]
