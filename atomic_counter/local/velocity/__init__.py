"""Mapping templates: their language, that of Apache Velocity 1.7, and their variables.

Loading refuses what isn't supported, and names it.
"""

from atomic_counter.local.velocity.context import CONTEXT_MEMBERS, ContextSource
from atomic_counter.local.velocity.headers import check_header
from atomic_counter.local.velocity.mapping_template import MappingTemplate, UnsupportedTemplateError
from atomic_counter.local.velocity.values import (
    InvalidBodyError,
    VelocityError,
    shortened,
    to_text,
)
from atomic_counter.local.velocity.variables import Input, Overrides, Util

__all__ = [
    "CONTEXT_MEMBERS",
    "ContextSource",
    "Input",
    "InvalidBodyError",
    "MappingTemplate",
    "Overrides",
    "UnsupportedTemplateError",
    "Util",
    "VelocityError",
    "check_header",
    "shortened",
    "to_text",
]
