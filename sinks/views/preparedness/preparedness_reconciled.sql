-- Patients in each unit now: derived, reported, and which figure to use. As preparedness_reconciled_at, at this moment.
-- A row is one reporter and unit. Source: preparedness_reconciled_at.
SELECT *
FROM {database}.preparedness_reconciled_at(at = now64(3, 'UTC'))
