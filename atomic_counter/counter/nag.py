"""The findings of cdk-nag's pack AwsSolutions that a counter may have, and why."""

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from atomic_counter.options import CounterOptions

ALWAYS = {
    "APIG3": "a web ACL has a monthly price and follows the account's rules, not this stack's; it"
    " can be associated with the stage, whose throttle limits requests until then",
    "APIG6": "execution logs would contain the keys of all requests, in whichever log group; the"
    " option accessLogs logs each request without its key",
    "COG4": "the callers are programs, which don't sign in to a user pool; the option authorization"
    " requires an API key or the signature of an IAM principal",
}
WITHOUT_DOCUMENTS = {
    "APIG2": "a validator checks the required parameter, and the mapping templates check the rest;"
    " no request body is read or passed through",
}
WITHOUT_ACCESS_LOGS = {
    "APIG1": "access logs need an account-wide role that a stack must not replace; the option"
    " accessLogs enables them",
}
WITHOUT_IAM = {
    "APIG4": "whoever knows the URL can count, within the stage's throttle, and do nothing else;"
    " the option authorization requires an API key or a signature",
}
RULES_OF_RESOURCES: dict[type, tuple[str, ...]] = {
    apigateway.CfnStage: ("APIG1", "APIG3", "APIG6"),
    apigateway.CfnRestApi: ("APIG2",),
    apigateway.CfnMethod: ("APIG4", "COG4"),
    dynamodb.CfnTable: ("DDB3",),
}
EPHEMERAL = {"DDB3": "an ephemeral table is for trials, and is deleted with the stack"}


def acknowledge_findings(scope: Construct, options: CounterOptions) -> None:
    """Acknowledge the accepted findings, so that a check of the app reports only the others.

    Only the existing resources are covered, not the methods that users add to the API later.
    """
    accepted = accepted_findings(options)
    for child in scope.node.find_all():
        for rule in RULES_OF_RESOURCES.get(type(child), ()):
            if rule in accepted:
                acknowledgment = Acknowledgment(id=f"AwsSolutions-{rule}", reason=accepted[rule])
                Validations.of(child).acknowledge(acknowledgment)


def accepted_findings(options: CounterOptions) -> dict[str, str]:
    """Return the rules that a counter with these options may break, with the reasons."""
    return {
        **ALWAYS,
        **({} if options.documents else WITHOUT_DOCUMENTS),
        **({} if options.access_logs else WITHOUT_ACCESS_LOGS),
        **({} if options.authorization not in ("none", "api-key") else WITHOUT_IAM),
        **(EPHEMERAL if options.ephemeral and not options.replicas else {}),
    }
