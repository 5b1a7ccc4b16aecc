"""The CDK app: one stack with one atomic counter."""

import aws_cdk as cdk

from atomic_counter.stack import TheDynamodbAtomicCounterStack

app = cdk.App()
TheDynamodbAtomicCounterStack(app, "TheDynamodbAtomicCounterStack")
app.synth()
