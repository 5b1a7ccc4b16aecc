"""The proof of one copy of a counter in an account, from its deployment to its deletion."""

import asyncio
import hashlib
import platform
import secrets
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
from botocore.exceptions import BotoCoreError, ClientError
from requests.auth import AuthBase

from atomic_counter.client.iam import IamAuth
from atomic_counter.commands.audit import AuditPlan, AuditResult, run_audit
from atomic_counter.commands.audit.documents import audit_documents
from atomic_counter.commands.live.account import POLICY, Account, DeployedCounter, deployed_counter
from atomic_counter.commands.live.programs import Cdk, RunProgram, run_tests
from atomic_counter.commands.live.report import LiveReport
from atomic_counter.commands.live.steps import run_steps
from atomic_counter.options import AppOptions
from atomic_counter.tooling.errors import CommandError
from atomic_counter.tooling.files import written_whole
from atomic_counter.tooling.paths import CHECKOUT, LOCAL_STATE
from atomic_counter.tooling.terminal import printable

PROOF_STATE = LOCAL_STATE / "live"
# The requests of the first audit, and of the second, which loses one response in ten.
AUDIT_REQUESTS, RETRY_REQUESTS = 400, 200
RESPONSES_IN_A_ROW, READY_SECONDS = 5, 120


class Proof:
    """Deploys a copy, proves it and deletes it."""

    def __init__(
        self,
        session: Any,
        account: Account,
        options: AppOptions,
        template: Path,
        run: RunProgram,
    ) -> None:
        self._session = session
        self._account = account
        self._options = options
        # The announced Region, whatever configuration it comes from.
        region = account.region
        self._environment = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        self._cdk = Cdk(template.parent, options.stack_name, self._environment, run)
        self._run = run
        self._counter: DeployedCounter | None = None
        self._plotted: AuditResult | None = None
        self.report = LiveReport(_facts(account, template))
        self.report.secrets |= {account.id: "ACCOUNT"}

    def prove(self, context: Mapping[str, str]) -> None:
        """Deploy, test, audit and delete the copy. The results are in the report."""
        options = [f"{name}={value}" for name, value in context.items()]
        self.report.facts = {**self.report.facts, "options": " ".join(options) or "default"}
        signal.signal(signal.SIGTERM, signal.default_int_handler)

        def test() -> None:
            results = PROOF_STATE / "tests.xml"
            stack = self._options.stack_name
            promises = run_tests(stack, options, results, self._environment, self._run)
            self.report.promises += promises

        steps = {
            "deploy": self._cdk.deploy,
            "wait": self._wait,
            "test": test,
            "audit": self._audit,
        }
        self.report.steps = run_steps(steps, self._delete, lambda line: print(printable(line)))

    def write(self, path: Path) -> None:
        """Write the report, and the plot of an audit beside it."""
        picture = None
        if self._plotted and self._plotted.numbers:
            from atomic_counter.commands.audit.plot import plot_audit  # noqa: PLC0415 (slow to import)

            picture = path.with_suffix(".png")
            with written_whole(picture) as part:
                plot_audit(self._plotted, part)
        with written_whole(path) as part:
            part.write_text(self.report.markdown(picture), encoding="utf-8")
        print(f"Written: {path}" + (f" and {picture}" if picture else ""))

    def _wait(self) -> None:
        """Wait until the new API, its role and its key are in effect everywhere."""
        self._counter = counter = deployed_counter(self._session, self._options.stack_name)
        self.report.secrets[counter.url.removesuffix("/prod/counter")] = "URL"
        self.report.secrets[urlsplit(counter.url).hostname or "URL"] = "HOST"
        self.report.secrets[counter.table] = "TABLE"
        key = self._fresh_key()

        def send_request() -> None:
            try:
                response = requests.get(
                    f"{counter.url}/current?systemKey={key}",
                    headers=counter.headers,
                    auth=self._auth,
                    timeout=30,
                )
            except requests.RequestException as error:
                raise CommandError(f"no response: {error}") from None
            if not response.ok:
                raise CommandError(f"status {response.status_code}: {response.text[:200]}")

        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(CommandError),
            stop=tenacity.stop_after_delay(READY_SECONDS),
            wait=tenacity.wait_fixed(2),
            reraise=True,
        ):
            with attempt:
                for _ in range(RESPONSES_IN_A_ROW):
                    send_request()

    def _audit(self) -> None:
        if self._options.documents:
            plan = self._plan(requests=AUDIT_REQUESTS, are_keys_new=True)
            name = "every document has one number, and no number is missing"
            self.report.add_audit_of_documents(name, plan, audit_documents(plan))
            return
        for name, plan in {
            "32 clients receive every number once": self._plan(clients=32, requests=AUDIT_REQUESTS),
            "retry after lost response returns its number": self._plan(
                requests=RETRY_REQUESTS, idempotent=True, drop_one_in=10
            ),
        }.items():
            result = asyncio.run(run_audit(plan))
            self._plotted = self._plotted or result
            self.report.add_audit(name, plan, result)

    def _plan(self, **fields: Any) -> AuditPlan:
        assert self._counter
        headers = self._counter.headers
        key = self._fresh_key()
        return AuditPlan(self._counter.url, [key], headers=headers, auth=self._auth, **fields)

    def _fresh_key(self) -> str:
        key = f"live-{secrets.token_hex(8)}"
        if self._options.keys == "registered":
            assert self._counter
            self._account.register(self._counter.table, key)
        return key

    @property
    def _auth(self) -> AuthBase | None:
        if self._options.authorization != "iam":
            return None
        return IamAuth(self._account.region, self._session.get_credentials())

    def _delete(self) -> None:
        stack = self._options.stack_name
        with suppress(CommandError):  # The CLI has printed the reason. What remains decides.
            self._cdk.destroy()
        try:
            left = self._account.remaining_resources(stack)
        except (BotoCoreError, ClientError) as error:
            left = [f"unknown ({error}; {POLICY})"]
        if left:
            by_hand = how_to_delete(self._account, stack)
            raise CommandError(f"still there: {', '.join(left)}; delete by hand: {by_hand}")


def _facts(account: Account, template: Path) -> dict[str, str]:
    digest = hashlib.sha256(template.read_bytes()).hexdigest()
    names = ("dynamodb-atomic-counter", "aws-cdk-lib", "boto3")
    packages = [f"{name} {version(name)}" for name in names]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Region": account.region,
        "versions": ", ".join([*packages, f"Python {platform.python_version()}"]),
        "commit": _commit(),
        "template": f"SHA-256 {digest}",
    }


def _commit() -> str:
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 (the user's own git)
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def how_to_delete(account: Account, stack: str) -> str:
    """Return the command that deletes a copy by hand."""
    return f"AWS_REGION={account.region} npx cdk destroy --force -c stackName={stack}"
