"""A client of the API with Python's standard library alone.

It starts the path of a picture or of an image of a data set, follows it over server-sent events,
goes on where it was when the connection breaks, and saves frames, animation and provenance.

    deno task start
    python3 examples/client.py http://127.0.0.1:4000 --image picture.png --out path
    python3 examples/client.py http://127.0.0.1:4000 --index 3 --out path
"""

import argparse
import http.client
import json
import os
import pathlib
import time
import urllib.error
import urllib.request
import uuid

UPLOAD = """mutation ($file: File!) {
  uploadImage(file: $file) { image { id width height } errors { message } }
}"""

START = """mutation ($input: CounterfactualPathInput!) {
  counterfactualPath(input: $input) { job { id } errors { message path } }
}"""

EVENTS = """subscription ($id: ID!, $after: Int!) {
  jobEvents(id: $id, after: $after) {
    type: __typename
    number
    ... on Progress { step total }
    ... on PathFrame { frame { targetGrade imageGrade image { url } } }
    ... on Warning { message }
    ... on Failed { error { message } }
    ... on Done { result { ... on CounterfactualPathResult { adaptation path { id } } } }
  }
}"""

EXPORTS = """query ($id: ID!) {
  counterfactualPath(id: $id) { strip { url } animation { url } json { url } }
}"""

# Seconds between two attempts, and how many of them in a row.
PAUSE = 0.5
PATIENCE = 20


class Problem(Exception):
    """The server says what is wrong."""


class Server:
    """A server and the key that it asks for when it is reached from elsewhere."""

    def __init__(self, url, key=None):
        self.url = url.rstrip("/")
        self.key = key

    def open(self, path, body=None, **headers):
        """The response to a request; a body makes it a POST. Header names have _ for -."""
        if self.key:
            headers["authorization"] = "Bearer " + self.key
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=names)
        try:
            return urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            with error:
                if error.code >= 500:
                    raise ConnectionError(str(error)) from error
                raise Problem(message_of(error.read()) or str(error)) from error

    def ask(self, query, **variables):
        """The data of a query or mutation."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        with self.open("/graphql", body, content_type="application/json") as response:
            return data_of(json.load(response))

    def upload(self, file):
        """Uploads a picture by the multipart request specification and returns its id."""
        boundary = uuid.uuid4().hex
        fields = {
            "operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}),
            "map": json.dumps({"0": ["variables.file"]}),
        }
        parts = [
            f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
            for name, text in fields.items()
        ]
        head = (
            f'--{boundary}\r\ncontent-disposition: form-data; name="0"; filename="picture"\r\n'
            "content-type: application/octet-stream\r\n\r\n"
        )
        body = "".join(parts + [head]).encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        # The header proves to the server that no foreign page has sent this.
        with self.open(
            "/graphql",
            body,
            content_type="multipart/form-data; boundary=" + boundary,
            x_graphql_yoga_csrf="1",
        ) as response:
            stored = data_of(json.load(response))["uploadImage"]
        if stored["errors"]:
            raise Problem(stored["errors"][0]["message"])
        return stored["image"]["id"]

    def start(self, **options):
        """Starts a path and returns the id of its job."""
        started = self.ask(START, input=options)["counterfactualPath"]
        for error in started["errors"]:
            raise Problem(".".join(error["path"]) + ": " + error["message"])
        return started["job"]["id"]

    def follow(self, job, after=0):
        """The events of a job, each once and in order, through broken connections."""
        broken = 0
        while broken < PATIENCE:
            try:
                for event in self.events(job, after):
                    broken = 0
                    after = event["number"]
                    yield event
                    if event["type"] in ("Done", "Failed", "Cancelled"):
                        return
            except (OSError, http.client.HTTPException):
                pass
            broken += 1
            time.sleep(PAUSE)
        raise Problem(f"The server could not be reached {PATIENCE} times in a row")

    def events(self, job, after):
        """The events of one connection: lines `event: next` and `data: …`, then an empty one."""
        body = json.dumps({"query": EVENTS, "variables": {"id": job, "after": after}}).encode()
        headers = {"content_type": "application/json", "accept": "text/event-stream"}
        with self.open("/graphql", body, **headers) as response:
            for line in response:
                if line.startswith(b"data: ") and line.strip() != b"data:":
                    yield data_of(json.loads(line[6:]))["jobEvents"]

    def save(self, address, path):
        """Saves what is found at an address of the server."""
        with self.open(address) as response:
            path.write_bytes(response.read())


def data_of(answer):
    """The data of an answer; its first error is raised."""
    if answer.get("errors"):
        raise Problem(answer["errors"][0]["message"])
    return answer["data"]


def message_of(body):
    """The message of an answer that is an error, if it is one."""
    try:
        return json.loads(body)["errors"][0]["message"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def newest_probe(server):
    """The newest probe with the data set of its labels."""
    nodes = server.ask("{ probes(first: 1) { nodes { id datasetId } } }")["probes"]["nodes"]
    if not nodes:
        raise Problem("There is no probe yet: run trainProbe first")
    return nodes[0]


def save_path(server, options, folder):
    """Makes a path, tells of it, and saves its frames and exports."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = 0
    for event in server.follow(server.start(**options)):
        kind = event["type"]
        if kind == "Progress":
            print(f"{event['step']} of {event['total']}", flush=True)
        elif kind == "PathFrame":
            frame = event["frame"]
            print(f"grade {frame['targetGrade']}: the image shows {frame['imageGrade']:.2f}")
            server.save(frame["image"]["url"], folder / f"frame-{frames}.png")
            frames += 1
        elif kind == "Warning":
            print("Warning: " + event["message"])
        elif kind == "Failed":
            raise Problem(event["error"]["message"])
        elif kind == "Done":
            result = event["result"]
            print(result["adaptation"] or "The image was taken as it is")
            path = server.ask(EXPORTS, id=result["path"]["id"])["counterfactualPath"]
            server.save(path["strip"]["url"], folder / "strip.png")
            server.save(path["animation"]["url"], folder / "animation.png")
            server.save(path["json"]["url"], folder / "path.json")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", nargs="?", default="http://127.0.0.1:4000")
    parser.add_argument("--image", type=pathlib.Path, help="a picture file of your own")
    parser.add_argument("--index", type=int, default=0, help="else: place in the split val")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("path"))
    given = parser.parse_args()
    server = Server(given.server, os.environ.get("COUNTERGRADE_KEY"))
    try:
        probe = newest_probe(server)
        options = {"probe": probe["id"]}
        if given.image:
            options["image"] = server.upload(given.image)
        else:
            options.update(dataset=probe["datasetId"], index=given.index)
        save_path(server, options, given.out)
    except (Problem, OSError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
