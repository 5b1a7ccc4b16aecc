"""Numbers that go up by one and never repeat, from DynamoDB and API Gateway alone.

`atomic_counter.counter` has the construct for CDK stacks, `atomic_counter.client` the client for
Python programs, and `atomic-counter --help` lists the commands.
Importing this package starts no Node.js process: only the modules that use the CDK do.
"""
