"""The uniqueness audit: many clients request numbers at once, from any deployment."""

from atomic_counter.commands.audit.command import audit
from atomic_counter.commands.audit.load import AuditPlan, run_audit
from atomic_counter.commands.audit.result import AuditResult, Sample

__all__ = ["AuditPlan", "AuditResult", "Sample", "audit", "run_audit"]
