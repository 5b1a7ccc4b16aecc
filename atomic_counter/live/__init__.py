"""The proof in an AWS account: deploy a copy, test it, audit it, and delete it."""
