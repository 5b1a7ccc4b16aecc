"""Responses of the API that have the same headers, whatever integration they belong to."""

from collections.abc import Mapping

from aws_cdk import aws_apigateway as apigateway

JSON = "application/json"
INTERNAL_SERVER_ERROR = '{"message": "Internal server error"}'


def build_integration_response(
    status_code: str,
    headers: Mapping[str, str],
    template: str | None = None,
    selection_pattern: str | None = None,
) -> apigateway.IntegrationResponse:
    """Return an integration response that has `headers`."""
    return apigateway.IntegrationResponse(
        status_code=status_code,
        selection_pattern=selection_pattern,
        response_parameters=_header_parameters(headers),
        response_templates={JSON: template} if template else None,
    )


def build_method_response(
    status_code: str, headers: Mapping[str, str]
) -> apigateway.MethodResponse:
    """Return the method response that declares `headers`."""
    return apigateway.MethodResponse(
        status_code=status_code,
        response_parameters=dict.fromkeys(_header_parameters(headers), True),
    )


def _header_parameters(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"method.response.header.{name}": value for name, value in headers.items()}
