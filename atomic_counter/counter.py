"""The construct: one DynamoDB table behind one REST API, with nothing between them."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from atomic_counter import mapping

JSON = "application/json"
NO_STORE = "'no-store'"
INTERNAL_SERVER_ERROR = '{"message": "Internal server error"}'


class AtomicCounter(Construct):
    """Counters that go up by one and never repeat, each named by a `systemKey`.

    `GET` or `POST {url}?systemKey=invoices` answers the next number of `invoices`, in decimal
    digits alone, starting at 1.

    The table outlives the stack: it is retained on destroy, protected from deletion, and
    backed up for point-in-time recovery, because a lost table gives its numbers out again.

    Attributes:
        table: The DynamoDB table; partition key `systemKey` (S), the number in `counterValue` (N).
        api: The regional REST API, deployed to the stage `prod`.
        role: What API Gateway may do: `UpdateItem` and `GetItem` on this table.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.table = self._build_table()
        self.role = self._build_role()
        self.api = self._build_api()
        self._build_gateway_responses()
        self._build_methods()

    @property
    def url(self) -> str:
        """The URL that counts, without its query string."""
        return self.api.url_for_path("/counter")

    def _build_table(self) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="systemKey", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=RemovalPolicy.RETAIN,
            deletion_protection=True,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
        )

    def _build_role(self) -> iam.Role:
        count = iam.PolicyStatement(
            actions=["dynamodb:GetItem", "dynamodb:UpdateItem"],
            resources=[self.table.table_arn],
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            inline_policies={"Count": iam.PolicyDocument(statements=[count])},
        )

    def _build_api(self) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name="Atomic Count API",
            description="Numbers that go up by one and never repeat",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name="prod", throttling_rate_limit=1000, throttling_burst_limit=2000
            ),
        )
        # RestApi adds an output of its own; the stack that uses this construct decides on outputs.
        api.node.try_remove_child("Endpoint")
        return api

    def _build_gateway_responses(self) -> None:
        """Give the answers of API Gateway itself the contract's status, words and headers."""
        types = apigateway.ResponseType
        no_store = {"Cache-Control": NO_STORE}
        self.api.add_gateway_response(
            "ClientError", type=types.DEFAULT_4_XX, response_headers=no_store
        )
        self.api.add_gateway_response(
            "ServerError",
            type=types.DEFAULT_5_XX,
            status_code="500",
            response_headers=no_store,
            templates={JSON: INTERNAL_SERVER_ERROR},
        )
        self.api.add_gateway_response(
            "NotFound",
            type=types.MISSING_AUTHENTICATION_TOKEN,
            status_code="404",
            response_headers=no_store,
            templates={JSON: '{"message": "Not Found"}'},
        )
        self.api.add_gateway_response(
            "Throttled",
            type=types.THROTTLED,
            response_headers={**no_store, "Retry-After": "'1'"},
        )

    def _build_methods(self) -> None:
        counter = self.api.root.add_resource("counter")
        validator = self.api.add_request_validator("Parameters", validate_request_parameters=True)
        next_number = self._integration("UpdateItem", "update_item")
        for http_method in ("GET", "POST"):
            counter.add_method(
                http_method,
                next_number,
                request_parameters={"method.request.querystring.systemKey": True},
                request_validator=validator,
                method_responses=[
                    apigateway.MethodResponse(
                        status_code=status_code,
                        response_parameters={"method.response.header.Cache-Control": True},
                    )
                    for status_code in ("200", "400", "500")
                ],
            )

    def _integration(self, action: str, name: str) -> apigateway.AwsIntegration:
        return apigateway.AwsIntegration(
            service="dynamodb",
            action=action,
            integration_http_method="POST",
            options=apigateway.IntegrationOptions(
                credentials_role=self.role,
                passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
                request_templates={
                    JSON: mapping.read(f"{name}_request", tableName=self.table.table_name)
                },
                integration_responses=[
                    _integration_response("200", r"2\d{2}", mapping.read(f"{name}_response")),
                    _integration_response("400", r"4\d{2}", mapping.read("client_error_response")),
                    _integration_response("500", None, INTERNAL_SERVER_ERROR),
                ],
            ),
        )


def _integration_response(
    status_code: str, selection_pattern: str | None, template: str
) -> apigateway.IntegrationResponse:
    return apigateway.IntegrationResponse(
        status_code=status_code,
        selection_pattern=selection_pattern,
        response_parameters={"method.response.header.Cache-Control": NO_STORE},
        response_templates={JSON: template},
    )
