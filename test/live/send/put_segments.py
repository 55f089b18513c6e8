"""Sends X-Ray segment documents through botocore, the vendor's own client and signer.

Arguments: endpoint, region. Standard input: a JSON array of document texts. Prints what the service answered.
"""

import json
import sys

import botocore.session

endpoint, region = sys.argv[1:3]
session = botocore.session.get_session()
session.set_credentials("AKIDEXAMPLE", "tracefall-live-secret")
client = session.create_client("xray", region_name=region, endpoint_url=endpoint)
answer = client.put_trace_segments(TraceSegmentDocuments=json.load(sys.stdin))
json.dump({"unprocessed": answer.get("UnprocessedTraceSegments", [])}, sys.stdout)
