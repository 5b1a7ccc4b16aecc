"""A signature equals that of botocore for the request as it's sent."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests import PreparedRequest, Request

from atomic_counter.client import CounterClient
from atomic_counter.client.iam import IamAuth
from tests.fake_counter import FakeCounter

CREDENTIALS = Credentials("id", "secret", "token")
AWS_URL = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod/counter"


def sign(url: str, region: str | None = None) -> PreparedRequest:
    return IamAuth(region, CREDENTIALS)(Request("POST", url).prepare())


def test_signature_equals_that_of_botocore_for_the_parameters() -> None:
    request = sign(f"{AWS_URL}?systemKey=o%27brien%20%26%20s%C3%B6hne&count=1")
    parameters = dict(parse_qsl(urlsplit(str(request.url)).query))
    expected = AWSRequest("POST", AWS_URL, params=parameters, data=b"")
    expected.context["timestamp"] = request.headers["X-Amz-Date"]
    expected.headers["X-Amz-Date"] = request.headers["X-Amz-Date"]
    expected.headers["X-Amz-Security-Token"] = "token"
    signer = SigV4Auth(CREDENTIALS, "execute-api", "eu-west-1")
    signature = signer.signature(
        signer.string_to_sign(expected, signer.canonical_request(expected)), expected
    )
    assert request.headers["Authorization"].endswith(f"Signature={signature}")


def test_space_is_sent_as_it_is_signed() -> None:
    signed, other = sign(f"{AWS_URL}?systemKey=a+b"), sign(f"{AWS_URL}?systemKey=a%20b")
    assert signed.url == other.url == f"{AWS_URL}?systemKey=a%20b"


@pytest.mark.parametrize(
    ("url", "given", "region"),
    [
        (AWS_URL, None, "eu-west-1"),
        (AWS_URL, "us-east-2", "us-east-2"),
        ("https://numbers.example.com/counter", "us-east-2", "us-east-2"),
    ],
)
def test_region_is_the_given_one_or_that_of_the_url(
    url: str, given: str | None, region: str
) -> None:
    assert f"/{region}/execute-api/" in sign(url, given).headers["Authorization"]


def test_missing_region_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ValueError, match="no AWS Region in http://localhost/counter"):
        sign("http://localhost/counter")


def test_each_request_of_a_client_is_signed(fake: FakeCounter) -> None:
    CounterClient(fake.url, auth=IamAuth("eu-west-1", CREDENTIALS)).next("a b")
    [request] = fake.requests
    assert request.target.startswith("/prod/counter?systemKey=a%20b&count=1&idempotencyKey=")
    signature = request.headers["Authorization"]
    assert re.match(r"AWS4-HMAC-SHA256 Credential=id/\d{8}/eu-west-1/execute-api/", signature)
