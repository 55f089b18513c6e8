"""Signs what was signed by somebody else once more with botocore, the vendor's own signer, and prints its signatures.

Standard input: a JSON array of {method, url, headers, body, accessKeyId, secretAccessKey, sessionToken, region, service}; headers have the date and
the names that were signed. Prints a JSON array of Authorization headers.
"""

import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

judged = []
for given in json.load(sys.stdin):
    headers = {name.lower(): value for name, value in given["headers"].items()}
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(
        method=given["method"],
        url=given["url"],
        data=given["body"].encode(),
        headers={name: headers[name] for name in signed},
    )
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(
        Credentials(given["accessKeyId"], given["secretAccessKey"], given.get("sessionToken")),
        given["service"],
        given["region"],
    )
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    judged.append(
        "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s"
        % (signer.scope(request), signer.signed_headers(signer.headers_to_sign(request)), signature)
    )
json.dump(judged, sys.stdout)
