"""Predict from a row of a table, by a model that the deployment has put at MODEL_PATH; needs no package."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = json.loads(Path(os.environ["MODEL_PATH"], "model.json").read_text())


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200 if self.path == "/health" else 404, {"model": os.environ.get("MODEL_LABEL")})

    def do_POST(self):
        row = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        missing = sorted(MODEL["factors"].keys() - row.keys())
        if missing:
            return self.answer(422, {"error": f"the row must have {', '.join(missing)}"})
        value = MODEL["intercept"] + sum(row[name] * each for name, each in MODEL["factors"].items())
        return self.answer(200, {"progression": round(value, 1), "model": os.environ.get("MODEL_LABEL")})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer.request_queue_size = 2048  # 5 connections that wait are too few for a load balancer
ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
