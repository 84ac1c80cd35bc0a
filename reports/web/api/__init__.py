"""The interface for programs under /api/v1, /metrics and /healthz."""
