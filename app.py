"""The CDK app: one stack with one atomic counter, its options from the CDK context."""

import sys

import aws_cdk as cdk

from atomic_counter.options import OptionError, Options
from atomic_counter.stack import TheDynamodbAtomicCounterStack

app = cdk.App()
try:
    options = Options.from_context(app.node.get_all_context())
except OptionError as error:
    sys.exit(f"error: {error}")
TheDynamodbAtomicCounterStack(app, options.stack_name, options=options)
app.synth()
