"""Publishes one bed count. Run it in a home whose stack is up, or give kafka={"bootstrap.servers": …}."""

from datetime import UTC, datetime

from producers import Publisher

now = datetime.now(UTC)
with Publisher(reporter="983971636", system=("Example vendor", "Example EPR", "1.0")) as publisher:
    beds = {"unit": "983971636", "resource": "icu_bed", "category": "adult", "staffed": 12, "occupied": 9}
    event = publisher.event(
        "capacity", subject_id=f"icu/{now:%Y%m%dT%H%M%S}", occurred_at=now, as_of=now, origin="reported", **beds
    )
    publisher.publish(event)
    for report in publisher.flush(timeout=30):
        print(report.event_id, report.topic, report.partition, report.offset, report.error)
