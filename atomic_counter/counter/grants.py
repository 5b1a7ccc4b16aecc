"""The grants of the construct: who may call the API, and who may count by DynamoDB's API."""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from atomic_counter.counter.operations import operations
from atomic_counter.counter.permissions import allow_counting, allow_invoking
from atomic_counter.options import CounterOptions, OptionError


class Grants:
    """The grants of `AtomicCounter`."""

    api: apigateway.RestApi
    table: dynamodb.ITable
    _options: CounterOptions
    _methods: Sequence[apigateway.Method]
    _preflights: Sequence[apigateway.Method]

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow a principal to count and to read.

        A principal of another account is allowed by the API's resource policy, and also needs a
        policy of its own there.

        Raises:
            OptionError: `authorization` isn't `iam`, so that nobody needs a permission.
        """
        return self._allow(grantee, self._methods, "grant_invoke", "count")

    def grant_read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow a principal to read the last number of a key, and the number of a document.

        Raises:
            OptionError: As for `grant_invoke`.
        """
        reading = [
            method
            for method, operation in zip(self._methods, operations(self._options), strict=True)
            if operation.action == "GetItem"
        ]
        return self._allow(grantee, reading, "grant_read", "read")

    def grant_count(
        self,
        grantee: iam.IGrantable,
        keys: Sequence[str] | None = None,
        *,
        documents: bool | None = None,
    ) -> iam.Grant:
        """Allow a principal to count in AWS code, by DynamoDB's API instead of HTTP.

        counter.grant_count(billing_function, keys=["invoices-*"])

        Args:
            grantee: The principal, such as the role of a Lambda function. It gets the permissions
                for `UpdateItem` and `GetItem` on the table, which a transaction needs, too, and if
                the table is encrypted with a customer managed key, the use of that key.
            keys: The keys that the principal may count, in which `*` stands for any characters.
                Any other character stands for itself. Default: all.
            documents: Also allow the items of the documents of `keys`. Default: the option
                `documents` of the counter.

        Raises:
            OptionError: `keys` is empty, or contains anything but texts that are known at
                synthesis and aren't blank. Or no policy can be added to the principal, such as to
                one of another account, whose own account must allow it.
        """
        documents = self._options.documents if documents is None else documents
        return allow_counting(self.table, grantee, keys, documents=documents)

    def _allow(
        self,
        grantee: iam.IGrantable,
        methods: Sequence[apigateway.Method],
        grant: str,
        effect: str,
    ) -> iam.Grant:
        if self._options.authorization != "iam":
            raise OptionError(
                f"{grant} needs authorization='iam', as only then IAM decides who can {effect}; got"
                f" {self._options.authorization!r}"
            )
        return allow_invoking(self.api, methods, self._preflights, grantee)
