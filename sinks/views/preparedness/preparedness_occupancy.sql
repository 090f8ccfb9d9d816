-- Who lies in which bed now. Rows and columns as of preparedness_occupancy_at, at the moment you ask.
-- A row is one reporter and unit. Sum patients over units for a health trust or region.
-- Source: movement_current, capacity_current.
SELECT *
FROM {database}.preparedness_occupancy_at(at = now64(3, 'UTC'))
