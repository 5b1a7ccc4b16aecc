"""One copy of a counter in an account, from its deployment to its removal."""

import asyncio
import hashlib
import platform
import secrets
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
import tenacity
from botocore.exceptions import BotoCoreError, ClientError
from requests.auth import AuthBase

from atomic_counter.audit import Plan, audit
from atomic_counter.client.iam import IamAuth
from atomic_counter.live.account import Account, Deployed, deployed
from atomic_counter.live.commands import Cdk, Run, run_tests
from atomic_counter.live.report import Report
from atomic_counter.live.steps import interrupt_on_termination, take
from atomic_counter.local import CHECKOUT, LocalError
from atomic_counter.local.arguments import KEPT
from atomic_counter.options import Options

FOLDER = KEPT / "live"
# Requests; of the second every tenth is sent again.
AUDITED, AUDITED_AGAIN = 400, 200
ANSWERS_IN_A_ROW, READY_SECONDS = 5, 120


class Proof:
    """Deploys a copy, proves it and removes it.

    Args:
        session: A `boto3.Session`.
        account: The session's account.
        options: Those of the counter.
        template: The synthesized template, in the CLI's `cdk.out`.
        run: Runs the CDK CLI and pytest.
    """

    def __init__(
        self, session: Any, account: Account, options: Options, template: Path, run: Run
    ) -> None:
        self._session = session
        self._account = account
        self._options = options
        # Whatever configuration it comes from, the Region is the one that was announced.
        region = account.region
        self._environment = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        self._cdk = Cdk(template.parent, options.stack_name, self._environment, run)
        self._run = run
        self._counter: Deployed | None = None
        self.report = Report(_facts(account, template))
        self.report.secrets |= {account.id: "ACCOUNT"}

    def prove(self, context: Sequence[tuple[str, str]]) -> None:
        """Deploy, test, audit and remove the copy; what is found is in the report.

        Args:
            context: The options that were given, by name.
        """
        given = [f"{name}={value}" for name, value in context]
        self.report.facts = {**self.report.facts, "options": " ".join(given) or "those by default"}
        interrupt_on_termination()

        def test() -> None:
            results = FOLDER / "tests.xml"
            stack = self._options.stack_name
            promises = run_tests(stack, given, results, self._environment, self._run)
            self.report.promises += promises

        steps = {
            "deploy": self._cdk.deploy,
            "wait until it answers": self._wait,
            "test": test,
            "audit": self._audit,
        }
        self.report.steps = take(steps, self._remove, print)

    def write(self, path: Path) -> None:
        """Write the report, and beside it the plot of the audit."""
        picture = None
        given = [found for _, found in self.report.audits.values() if found.numbers]
        if given:
            from atomic_counter.audit.plot import plot  # noqa: PLC0415 (half a second to import)

            picture = path.with_suffix(".png")
            plot(given[0], picture)
        path.write_text(self.report.markdown(picture), encoding="utf-8")
        print(f"Written: {path}" + (f" and {picture}" if picture else ""))

    def _wait(self) -> None:
        """A new API, its role and its key come into force little by little."""
        self._counter = counter = deployed(self._session, self._options.stack_name)
        self.report.secrets[counter.url.removesuffix("/prod/counter")] = "URL"
        self.report.secrets[counter.table] = "TABLE"
        key = self._fresh_key()

        def ask() -> None:
            try:
                answer = requests.get(
                    f"{counter.url}/current?systemKey={key}",
                    headers=counter.headers,
                    auth=self._auth,
                    timeout=30,
                )
            except requests.RequestException as error:
                raise LocalError(f"no answer: {error}") from None
            if not answer.ok:
                raise LocalError(f"it answers {answer.status_code}: {answer.text[:200]}")

        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LocalError),
            stop=tenacity.stop_after_delay(READY_SECONDS),
            wait=tenacity.wait_fixed(2),
            reraise=True,
        ):
            with attempt:
                for _ in range(ANSWERS_IN_A_ROW):
                    ask()

    def _audit(self) -> None:
        for name, change in (
            ("32 clients get every number once", {"clients": 32, "requests": AUDITED}),
            (
                "a number whose answer is lost is got by asking again",
                {"requests": AUDITED_AGAIN, "idempotent": True, "drop_one_in": 10},
            ),
        ):
            assert self._counter
            plan = Plan(
                self._counter.url,
                [self._fresh_key()],
                headers=self._counter.headers,
                auth=self._auth,
                **change,  # type: ignore[arg-type]
            )
            self.report.audited(name, plan, asyncio.run(audit(plan)))

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

    def _remove(self) -> None:
        stack = self._options.stack_name
        with suppress(LocalError):  # It has said why; what counts is what it has left.
            self._cdk.destroy()
        try:
            left = self._account.left_of(stack)
        except (BotoCoreError, ClientError) as error:
            left = [f"what cannot be seen ({error})"]
        if left:
            by_hand = how_to_remove(self._account, stack)
            raise LocalError(f"left is {', '.join(left)}; remove it by hand: {by_hand}")


def _facts(account: Account, template: Path) -> dict[str, str]:
    digest = hashlib.sha256(template.read_bytes()).hexdigest()
    of_packages = [f"{name} {version(name)}" for name in ("atomic-counter", "aws-cdk-lib", "boto3")]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Region": account.region,
        "versions": ", ".join([*of_packages, f"Python {platform.python_version()}"]),
        "commit": _commit(),
        "template": f"SHA-256 {digest}",
    }


def _commit() -> str:
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 (the person's own git)
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def how_to_remove(account: Account, stack: str) -> str:
    """The command that removes a copy by hand."""
    return f"AWS_REGION={account.region} npx cdk destroy --force -c stackName={stack}"
