"""A Lambda function that writes each invoice together with its number."""
