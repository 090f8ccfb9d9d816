-- Beds, intensive care, ventilators, operating rooms, ambulances, staff now, by level: preparedness_capacity(level =
-- 'trust').
-- As preparedness_capacity_at, at this moment. A row is the level's organisation, resource and category.
-- Source: preparedness_capacity_at.
SELECT *
FROM {database}.preparedness_capacity_at(level = {level:String}, at = toString(now64(3, 'UTC')))
