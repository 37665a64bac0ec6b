-- Dated pay: the periods that a provider tells of beside the pay in force. They travel with the pay version they came with; whoever has
-- no other pay than the one in force has no row here.

CREATE TABLE period_version (
    pay_no BIGINT NOT NULL,
    account_no BIGINT NOT NULL,
    effective_from DATE,
    effective_until DATE,              -- half-open: first day it no longer holds
    gross_amount DECIMAL(14, 2),
    currency VARCHAR,
    pay_type VARCHAR,
    weekly_hours DECIMAL(6, 2),
    reference_hours DECIMAL(6, 2),
    work_regime_pct DECIMAL(7, 2),
    employer_contribution_pct DECIMAL(5, 2)
);

-- true: nothing is in force yet, all periods lie ahead, and the row itself has no amounts; null: recorded before periods were kept.
ALTER TABLE pay_version ADD COLUMN ahead BOOLEAN;
