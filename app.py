"""The CDK app: one atomic counter, with its options from the CDK context."""

import sys

import aws_cdk as cdk

from atomic_counter.options import AppOptions, OptionError
from atomic_counter.stack import add_stacks

app = cdk.App()
try:
    add_stacks(app, AppOptions.from_context(app.node.get_all_context()))
except OptionError as error:
    sys.exit(f"error: {error}")
app.synth()
