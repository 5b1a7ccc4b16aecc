"""Numbers that go up by one and never repeat, from DynamoDB and API Gateway alone.

`atomic_counter.counter` holds the construct for CDK stacks, `atomic_counter.client` takes numbers
in Python programs, and `atomic_counter.local` serves a synthesized template on one machine.
Importing this package starts no Node.js process: only the modules that use the CDK do.
"""
