"""The members of `$context`, and what each of them tells.

Source: "Mapping template and access logging variable reference" of the API Gateway developer guide.
"""

from enum import StrEnum


class ContextSource(StrEnum):
    """What API Gateway needs to fill a member of `$context`. Without it, the member is empty."""

    REQUEST = "a request"
    API_KEY = "an API key with an id"
    AUTHORIZER = "an authorizer"
    SIGNATURE = "a verified signature"


CONTEXT_MEMBERS = {
    **dict.fromkeys(
        (
            *("accountId", "apiId", "domainName", "domainPrefix", "extendedRequestId"),
            *("httpMethod", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch"),
            *("resourceId", "resourcePath", "stage"),
            *("identity.apiKey", "identity.sourceIp", "identity.userAgent"),
        ),
        ContextSource.REQUEST,
    ),
    "authorizer.principalId": ContextSource.AUTHORIZER,
    "identity.apiKeyId": ContextSource.API_KEY,
    **dict.fromkeys(
        (
            *("identity.accessKey", "identity.accountId", "identity.caller"),
            *("identity.cognitoAuthenticationProvider", "identity.cognitoAuthenticationType"),
            *("identity.cognitoIdentityId", "identity.cognitoIdentityPoolId"),
            *("identity.principalOrgId", "identity.user", "identity.userArn"),
        ),
        ContextSource.SIGNATURE,
    ),
}
"""The source of each member that a mapping template can print."""
