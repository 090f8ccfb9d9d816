"""A simulated health service whose events, and what must become of them, are known exactly.

`organisations` and `people` are who takes part; one module per kind of traffic makes true events hour by hour;
`disturb` sends some of them twice, late, wrong or mended; `truth` remembers what the tables must show in the end;
`simulation` runs it all as a stream of Kafka values. Nothing is read from a clock: the same `SimulationConfig` gives
the same bytes.
"""
