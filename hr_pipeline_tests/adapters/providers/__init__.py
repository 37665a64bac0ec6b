"""Tests of the provider adapters, against small servers of their own and against the sandbox."""
