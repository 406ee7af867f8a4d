"""Verifiers: strict, total, audited. And what they need to see a test run as it really was."""
