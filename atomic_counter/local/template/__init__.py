"""A CloudFormation template file, read as what is to be served: tables, routes, outputs.

What is not supported in it is refused by name when it is read.
"""

from atomic_counter.local.template.api import JSON, Api, IntegrationResponse, Route, Stack
from atomic_counter.local.template.reader import load, read_document
from atomic_counter.local.template.resources import GatewayResponse, Table
from atomic_counter.local.template.velocity import Template

__all__ = [
    "JSON",
    "Api",
    "GatewayResponse",
    "IntegrationResponse",
    "Route",
    "Stack",
    "Table",
    "Template",
    "load",
    "read_document",
]
