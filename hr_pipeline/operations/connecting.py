"""Activation: look the company up at the provider, count who takes part, and register the connection.

Which company is meant is `domain.activation`'s question, secrets are `adapters.credentials`'. Nothing is written unless everything went
well. Source: synchronisation.md §2. May import: `adapters`, `domain`, this room.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from hr_pipeline.adapters.credentials import credential_key, sealed
from hr_pipeline.adapters.oauth_loopback import OAuthLoopback
from hr_pipeline.adapters.providers.protocol import Page, Provider
from hr_pipeline.adapters.store.connections import StoredConnection, add_connection, change_connection, connection_of_company, stored_connection, stored_connections
from hr_pipeline.domain.activation import Employer, matched_company
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings, connection_id_for
from hr_pipeline.domain.mapping import FieldMapping, checked_mapping
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import VatNumber, vat_number
from hr_pipeline.operations.workplace import Workplace
