"""Serve a synthesized CloudFormation template on one machine, over a real DynamoDB engine."""
