"""What cdk-nag's pack AwsSolutions finds in a counter, and why each finding may stand."""

from aws_cdk import Acknowledgment, Validations
from constructs import Construct

from atomic_counter.options import Options

ALWAYS = {
    "APIG2": "a validator sees to the required parameter, and the mapping templates to the rest;"
    " a body is never read, and passed through to nothing",
    "APIG3": "a web ACL has its monthly price and follows the account's rules, not this stack's;"
    " it can be associated with the stage, whose throttle bounds what anybody can do meanwhile",
    "APIG6": "execution logs would hold the keys of all requests, and need an account-wide role;"
    " the option accessLogs logs each request without them",
    "COG4": "those who ask are programs, which do not sign in to a user pool; the option"
    " authorization has them send an API key, or sign as IAM principals",
}
WITHOUT_ACCESS_LOGS = {
    "APIG1": "access logs need an account-wide role that a stack must not replace; the option"
    " accessLogs turns them on",
}
WITHOUT_IAM = {
    "APIG4": "whoever knows the URL may count, within the stage's throttle, and do nothing else;"
    " the option authorization asks for an API key or a signature",
}
EPHEMERAL = {"DDB3": "an ephemeral table is for trials, and goes with the stack"}


def acknowledge_findings(counter: Construct, options: Options) -> None:
    """Acknowledge in the code what may stand, so that a check of the app reports the rest alone."""
    for rule, reason in standing(options).items():
        acknowledgment = Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason)
        Validations.of(counter).acknowledge(acknowledgment)


def standing(options: Options) -> dict[str, str]:
    """The rules whose findings may stand with these options, and the reasons."""
    return {
        **ALWAYS,
        **({} if options.access_logs else WITHOUT_ACCESS_LOGS),
        **({} if options.authorization == "iam" else WITHOUT_IAM),
        **(EPHEMERAL if options.ephemeral and not options.replicas else {}),
    }
