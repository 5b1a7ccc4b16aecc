"""The uniqueness audit: many clients request numbers at once, from any deployment."""

from atomic_counter.audit.load import AuditPlan, run_audit
from atomic_counter.audit.result import AuditResult, Sample

__all__ = ["AuditPlan", "AuditResult", "Sample", "run_audit"]
