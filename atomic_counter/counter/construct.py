"""The construct `AtomicCounter`, put together from its parts."""

from collections.abc import Sequence

from aws_cdk import Stack, Token
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from atomic_counter.counter.api import add_api, add_api_key
from atomic_counter.counter.cors import add_preflights, cors_headers
from atomic_counter.counter.gateway_responses import add_gateway_responses
from atomic_counter.counter.grants import Grants
from atomic_counter.counter.methods import add_methods
from atomic_counter.counter.metrics import Metrics
from atomic_counter.counter.monitoring import add_monitoring
from atomic_counter.counter.nag import acknowledge_findings
from atomic_counter.counter.names import default_api_name
from atomic_counter.counter.operations import operations
from atomic_counter.counter.permissions import allow_endpoints, principal
from atomic_counter.counter.table import (
    ConsistencyValidation,
    add_role,
    add_table,
    check_table,
    concrete_region,
)
from atomic_counter.options import Authorization, CounterOptions, Keys, OptionError


class AtomicCounter(Grants, Metrics, Construct):
    """Counters that go up by one and never repeat, each named by a `systemKey`.

    counter = AtomicCounter(self, "Invoices", authorization="iam")
    counter.grant_invoke(billing_role)

    `GET` or `POST {url}?systemKey=invoices` returns the next number of `invoices`. The README
    describes the HTTP API.

    Args:
        scope: The construct or stack that contains this construct.
        construct_id: The construct's id in its scope.
        table: The table to count in, whose only key is the string `systemKey`. Its owner decides
            on its durability. It must be in the account and Region of the stack, and a global
            table must be strongly consistent. In a stack of another Region, use
            `counter.replica_table(region)` of the counter with `replicas`. Default: the construct
            creates a table.
        api_name: The API's name, in ASCII. CloudWatch identifies an API by its name, so two APIs of
            one name in an account and Region share their metrics. Default: the stack's name, a
            slash, and the construct's path in it, such as `Billing/Invoices`.
        keys: `open`: a new key starts at 1 on first use. `registered`: only keys that are in the
            table count, and any other key gets a 404 and creates nothing. Default: `open`.
        documents: True: every number belongs to a document, forever, and no number is missing.
            Needs transactions, which a table with `replicas` doesn't have. False: numbers are
            issued without documents. Default: False.
        authorization: `none`: whoever knows the URL can count. `api-key`: requests need the header
            `x-api-key` with the key that the construct creates. `iam`: requests must be signed by
            a principal that has the permission `execute-api:Invoke`. An authorizer: it decides,
            such as `CognitoUserPoolsAuthorizer` by a token in the header `Authorization`. Default:
            `none`.
        callers: Account ids, and ARNs of IAM users and roles, whose requests are allowed if
            `authorization` is `iam`. Those of another account also need a policy of their own
            there. The account's own principals need `grant_invoke` or a policy of their own.
            Default: ().
        throttle_rate: Requests per second that the stage accepts for each method, on a best-effort
            basis. Default: 1000.
        throttle_burst: Requests that the stage accepts at once for each method. Default: 2000.
        ephemeral: True: the table that the construct creates is deleted with the stack, for trials
            and tests. False: it has deletion protection and point-in-time recovery, and is
            retained. Default: False.
        access_logs: Write each request as a line of JSON to a log group that the construct creates,
            or to the one that is given. Needs the account's CloudWatch role for API Gateway, which
            the construct doesn't change. Default: False.
        monitoring: Create a dashboard and alarms, on metrics that cost nothing. Default: True.
        tracing: Trace requests with X-Ray. Default: False.
        alarm_email: The address that alarms are sent to, after its owner has confirmed the
            subscription. Default: None.
        alarm_topic: The topic that alarms are sent to, instead of `alarm_email`. Its policy must
            let CloudWatch publish, which the default policy of a topic does. Default: None.
        vpc_endpoints: The interface endpoints of a private API, which only they reach. Without
            them, the API is regional, and the internet reaches it. Default: ().
        encryption_key: The customer managed key for the table that the construct creates, the log
            group of `access_logs` and the topic of `alarm_email`. The policy of a key from outside
            the app must already let CloudWatch and CloudWatch Logs use it. A table with `replicas`
            would need a key in each Region. Without one, AWS's own keys are used. Default: None.
        allow_origin: `*`, or one origin such as `https://app.example.com`, whose web pages may
            call the API (CORS). Default: None.
        security_policy: One of API Gateway's enhanced TLS policies, such as
            `SecurityPolicy_TLS13_1_2_2021_06`. Without one, AWS's default accepts TLS 1.0. Default:
            None.
        replicas: One or two more Regions that serve the same numbers. Default: ().
        witness: The third Region beside a single replica: it confirms writes and serves nothing.
            Default: None.

    Attributes:
        table: The DynamoDB table: partition key `systemKey` (S), the number in `counterValue` (N).
        api: The REST API, deployed to the stage `prod`. A method that you add to it has
            the counter's authorization by default.
        role: The role of API Gateway, which allows the actions of the methods on the table and, if
            `table` is encrypted with a customer managed key, the use of that key.
        api_key: The API key if `authorization` is `api-key`, else None.
        usage_plan: The usage plan of `api_key`, which you can add other keys to, else None.
        dashboard: The dashboard in CloudWatch, with `monitoring`, else None.

    Raises:
        OptionError: An option or `api_name` has a wrong value, or `table` has another key,
            account, Region or consistency.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable | None = None,
        api_name: str | None = None,
        keys: Keys = CounterOptions.keys,
        documents: bool = CounterOptions.documents,
        authorization: Authorization | apigateway.IAuthorizer = CounterOptions.authorization,
        callers: Sequence[str] = CounterOptions.callers,
        throttle_rate: float = CounterOptions.throttle_rate,
        throttle_burst: int = CounterOptions.throttle_burst,
        ephemeral: bool = CounterOptions.ephemeral,
        access_logs: bool | logs.ILogGroup = CounterOptions.access_logs,
        monitoring: bool = CounterOptions.monitoring,
        tracing: bool = CounterOptions.tracing,
        alarm_email: str | None = CounterOptions.alarm_email,
        alarm_topic: sns.ITopic | None = CounterOptions.alarm_topic,
        encryption_key: kms.IKey | None = CounterOptions.encryption_key,
        vpc_endpoints: Sequence[ec2.IVpcEndpoint] = CounterOptions.vpc_endpoints,
        allow_origin: str | None = CounterOptions.allow_origin,
        security_policy: str | None = CounterOptions.security_policy,
        replicas: Sequence[str] = CounterOptions.replicas,
        witness: str | None = CounterOptions.witness,
    ) -> None:
        arguments = locals()
        super().__init__(scope, construct_id)
        api_name = api_name or default_api_name(self)
        if not (Token.is_unresolved(api_name) or (api_name.isascii() and api_name.isprintable())):
            raise OptionError(
                "api_name must have only ASCII characters, as CloudWatch drops others,"
                f" got {api_name!r}"
            )
        options = self._options = CounterOptions.from_arguments(arguments)
        if replicas or witness:
            options.check_regions(concrete_region(Stack.of(self)))
        if table:
            check_table(table, options, Stack.of(self))
        headers = {"Cache-Control": "'no-store'", **cors_headers(options)}
        self.table = table or add_table(self, options)
        self.node.add_validation(ConsistencyValidation(self.table, options))
        self.role = add_role(self, self.table, operations(options))
        self.api = add_api(self, options, api_name)
        add_gateway_responses(self.api, headers, options)
        self._methods = add_methods(self.api, self.table, self.role, options, headers)
        self._preflights = add_preflights(self.api, options, headers)
        if vpc_endpoints:
            allow_endpoints(self.api, self._preflights, options)
        if callers:
            self.grant_invoke(iam.CompositePrincipal(*map(principal, callers)))
        self.api_key: apigateway.IApiKey | None = None
        self.usage_plan: apigateway.UsagePlan | None = None
        if authorization == "api-key":
            self.api_key, self.usage_plan = add_api_key(self.api)
        self.dashboard = add_monitoring(self, self.api, self.table, options) if monitoring else None
        acknowledge_findings(self, options)

    @property
    def url(self) -> str:
        """The URL that counts, without its query string."""
        return self.api.url_for_path("/counter")

    def replica_table(self, region: str) -> dynamodb.ITable:
        """Return the table's replica, for the counter in a stack of another Region.

        Args:
            region: One of `replicas`.

        Raises:
            OptionError: The counter has no replica in that Region.
        """
        if region not in self._options.replicas or not isinstance(self.table, dynamodb.TableV2):
            replicas = " or ".join(self._options.replicas) or "one of replicas, which is empty"
            raise OptionError(f"the Region of a replica must be {replicas}, got {region!r}")
        return self.table.replica(region)
