"""Asks the warehouse from another process, with ClickHouse's own Python client."""

import json
import subprocess
from urllib.parse import urlsplit

import clickhouse_connect

status = json.loads(subprocess.check_output(["helsepuls", "status", "--json"]))
address = urlsplit(status["warehouse"]["url"])
client = clickhouse_connect.get_client(host=address.hostname, port=address.port, database="helsepuls")
print(client.query("SELECT outcome, count() FROM outcomes GROUP BY outcome ORDER BY outcome").result_rows)
print(client.query_arrow("SELECT * FROM preparedness_occupancy ORDER BY reporter, unit LIMIT 10"))
