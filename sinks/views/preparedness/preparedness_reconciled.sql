-- Patients in each unit now: derived, reported, and which figure to use. As preparedness_reconciled_at, at this moment.
-- A row is one reporter and unit. Kept, as preparedness_occupancy is. Source: preparedness_occupancy.
{columns of preparedness_reconciled_at}
FROM preparedness_occupancy AS beds
CROSS JOIN (SELECT now64(3, 'UTC') AS moment) AS asked
WHERE derived IS NOT NULL OR reported IS NOT NULL
