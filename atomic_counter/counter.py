"""The construct: one DynamoDB table behind one REST API, with nothing between them."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from atomic_counter.access_logs import ACCESS_LOG_FORMAT, build_log_group
from atomic_counter.cors import add_preflights, cors_headers
from atomic_counter.findings import acknowledge_findings
from atomic_counter.gateway_responses import add_gateway_responses
from atomic_counter.monitoring import CounterMonitoring
from atomic_counter.operations import NO_STORE, OPERATIONS, Operation, integration
from atomic_counter.options import API_NAME, Authorization, Keys, OptionError, Options
from atomic_counter.table import build_table, check_table, region_of


class AtomicCounter(Construct):
    """Counters that go up by one and never repeat, each named by a `systemKey`.

    `GET` or `POST {url}?systemKey=invoices` answers the next number of `invoices`, in decimal
    digits alone, starting at 1; with `&count=N` it takes N numbers, of which it answers the last.
    With `&idempotencyKey=UUID` it may be repeated and gets the same number, as long as the counter
    remembers it: the last request in each of 16 slots, which the UUID's last digit picks.
    `GET {url}/current?systemKey=invoices` answers the last number given out and counts nothing.

    Args:
        scope: The construct or stack that this one is part of.
        construct_id: Its name there.
        table: A table to count in, with the string `systemKey` as its only key; its durability
            is its owner's. A global table has to be strongly consistent, as one in the default
            mode gives numbers out twice. In the stack of another Region, the replica there of the
            counter with `replicas`: `table=counter.table.replica("us-east-2")`. Default: the
            construct creates one.
        api_name: The API's name. CloudWatch knows an API by it: two of the same name in an account
            and Region share their metrics. Default: `Atomic Count API`.
        keys: See `Options`, which this and the following take their defaults from.
        authorization: See `Options`.
        throttle_rate: Requests per second. See `Options`.
        throttle_burst: Requests. See `Options`.
        ephemeral: See `Options`; about the table and the log group that the construct creates.
        access_logs: See `Options`.
        monitoring: See `Options`.
        tracing: See `Options`.
        alarm_email: See `Options`.
        allow_origin: See `Options`.
        replicas: See `Options`; the stack's own Region is the first, so it has to be given one,
            with `env`. The table then is a `TableV2`, a strongly consistent global table, named
            after the stack. This construct serves the first Region; see `table` for the others.
        witness: See `Options`.

    Attributes:
        table: The DynamoDB table; partition key `systemKey` (S), the number in `counterValue` (N).
        api: The regional REST API, deployed to the stage `prod`.
        role: What API Gateway may do: `UpdateItem` and `GetItem` on this table, and where `table`
            is encrypted with a key of its owner's, use that key.
        api_key: The key that callers need, where `authorization` is `api-key`; else None.

    Raises:
        OptionError: An option has a wrong value, the table another key, or the global table
            another mode.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        table: dynamodb.ITable | None = None,
        api_name: str = API_NAME,
        keys: Keys = Options.keys,
        authorization: Authorization = Options.authorization,
        throttle_rate: float = Options.throttle_rate,
        throttle_burst: int = Options.throttle_burst,
        ephemeral: bool = Options.ephemeral,
        access_logs: bool = Options.access_logs,
        monitoring: bool = Options.monitoring,
        tracing: bool = Options.tracing,
        alarm_email: str | None = Options.alarm_email,
        allow_origin: str | None = Options.allow_origin,
        replicas: Sequence[str] = Options.replicas,
        witness: str | None = Options.witness,
    ) -> None:
        super().__init__(scope, construct_id)
        self._options = Options(
            keys=keys,
            authorization=authorization,
            throttle_rate=throttle_rate,
            throttle_burst=throttle_burst,
            ephemeral=ephemeral,
            access_logs=access_logs,
            monitoring=monitoring,
            tracing=tracing,
            alarm_email=alarm_email,
            allow_origin=allow_origin,
            region=region_of(Stack.of(self)) if replicas or witness else None,
            replicas=replicas,
            witness=witness,
        )
        self._headers = {"Cache-Control": NO_STORE, **cors_headers(allow_origin)}
        if table and replicas:
            raise OptionError("replicas are those of a table that the construct creates, not table")
        if table:
            check_table(table)
        self.table = table or build_table(self, self._options)
        self.role = self._build_role()
        self.api = self._build_api(api_name)
        add_gateway_responses(self.api, self._headers, signed=authorization == "iam")
        self._methods = self._build_methods()
        if allow_origin:
            add_preflights(self.api, self._headers)
        self.api_key = self._build_api_key() if authorization == "api-key" else None
        if monitoring:
            CounterMonitoring(
                self,
                "Monitoring",
                api=self.api,
                table=self.table,
                throttle_rate=throttle_rate,
                alarm_email=alarm_email,
            )
        acknowledge_findings(self, self._options)

    @property
    def url(self) -> str:
        """The URL that counts, without its query string."""
        return self.api.url_for_path("/counter")

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal count and read, where `authorization` is `iam`."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["execute-api:Invoke"],
            resource_arns=[method.method_arn for method in self._methods],
        )

    def _build_role(self) -> iam.Role:
        count = iam.PolicyStatement(
            actions=["dynamodb:GetItem", "dynamodb:UpdateItem"],
            resources=[self.table.table_arn],
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={"Count": iam.PolicyDocument(statements=[count])},
        )
        if self.table.encryption_key:
            self.table.encryption_key.grant_encrypt_decrypt(role)
        return role

    def _build_api(self, api_name: str) -> apigateway.RestApi:
        ephemeral = self._options.ephemeral
        log = build_log_group(self, ephemeral=ephemeral) if self._options.access_logs else None
        destination = apigateway.LogGroupLogDestination(log) if log else None
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=api_name,
            description="Numbers that go up by one and never repeat",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name="prod",
                tracing_enabled=self._options.tracing,
                access_log_destination=destination,
                access_log_format=ACCESS_LOG_FORMAT if destination else None,
                # A cache that somebody turns on for the stage must not repeat a number. What is
                # set for a method replaces the stage's settings for it, so each has the throttle.
                method_options={
                    f"{operation.path}/{operation.http_method}": apigateway.MethodDeploymentOptions(
                        caching_enabled=False,
                        throttling_rate_limit=self._options.throttle_rate,
                        throttling_burst_limit=self._options.throttle_burst,
                    )
                    for operation in OPERATIONS
                },
                throttling_rate_limit=self._options.throttle_rate,
                throttling_burst_limit=self._options.throttle_burst,
            ),
        )
        # RestApi adds an output of its own; the stack that uses this construct decides on outputs.
        api.node.try_remove_child("Endpoint")
        return api

    def _build_methods(self) -> list[apigateway.Method]:
        validator = self.api.add_request_validator("Parameters", validate_request_parameters=True)
        return [self._build_method(operation, validator) for operation in OPERATIONS]

    def _build_method(
        self, operation: Operation, validator: apigateway.RequestValidator
    ) -> apigateway.Method:
        querystring = "method.request.querystring"
        optional = {f"{querystring}.{name}": False for name in operation.optional_parameters}
        types = apigateway.AuthorizationType
        return self.api.root.resource_for_path(operation.path).add_method(
            operation.http_method,
            integration(operation, self.table, self.role, self._options.keys, self._headers),
            authorization_type=types.IAM if self._options.authorization == "iam" else types.NONE,
            api_key_required=self._options.authorization == "api-key",
            request_parameters={f"{querystring}.systemKey": True, **optional},
            request_validator=validator,
            method_responses=[
                apigateway.MethodResponse(
                    status_code=status_code,
                    response_parameters={
                        f"method.response.header.{name}": True for name in self._headers
                    },
                )
                for status_code in ("200", "400", "500")
            ],
        )

    def _build_api_key(self) -> apigateway.IApiKey:
        plan = self.api.add_usage_plan("UsagePlan")
        plan.add_api_stage(stage=self.api.deployment_stage)
        key = self.api.add_api_key("ApiKey")
        plan.add_api_key(key)
        return key
