#!/usr/bin/env bash
# Packages: tritonclient 2.73.0, numpy 2.4.6.
# Expected: `InferenceServerClient.infer(..., headers=HEADERS)` reads HEADERS, so that one dict, with a
#   token for instance, serves for all requests.
# Seen: it writes into the dict. After a request with binary tensors it holds that request's
#   Inference-Header-Content-Length; the next request, with tensors as JSON, sends it along, and tells
#   the server to read its JSON up to a length that belongs to another body.
# In pneumoscope: docs/inference-protocol.md says to give each request a dict of its own.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  "tritonclient[http]==2.73.0" numpy==2.4.6 2> "$folder/pip.log" \
  || { cat "$folder/pip.log"; exit 2; }

"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import numpy
import tritonclient.http as triton

told = []


class Server(BaseHTTPRequestHandler):
    """Answers every inference with one number, and notes what each request said of its JSON."""

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.rfile.read(size)
        told.append((self.headers.get("Inference-Header-Content-Length"), size))
        output = {"name": "y", "datatype": "FP32", "shape": [1], "data": [1.0]}
        body = json.dumps({"model_name": "m", "outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = triton.InferenceServerClient(f"127.0.0.1:{server.server_port}")
headers = {"Authorization": "Bearer x"}
for binary in (True, False):
    tensor = triton.InferInput("x", [1, 4], "FP32")
    tensor.set_data_from_numpy(numpy.zeros((1, 4), numpy.float32), binary_data=binary)
    output = triton.InferRequestedOutput("y", binary_data=False)
    client.infer("m", [tensor], outputs=[output], headers=headers)
server.shutdown()

(first, _), (second, size) = told
print("tritonclient", version("tritonclient"))
print("headers afterwards:", headers)
print(f"the request of JSON alone has {size} bytes, and says that its JSON has {second}")
if set(headers) > {"Authorization"} and second == first and int(second) != size:
    sys.exit(0)
print("seen before: the dict was changed, and the length of the first request was sent again")
sys.exit(1)
PYTHON
