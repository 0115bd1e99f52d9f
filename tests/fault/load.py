"""Submits from several threads, as clients do who send again what had no answer, and remembers what they were told."""
import base64
import http.client
import json
import random
import threading

from inbox import Inbox


class Submission:
    def __init__(self, key, seed):
        chance = random.Random(f"{seed} {key}")
        self.key = key
        self.text = f"{key} " + "x" * chance.choice([10, 500, 3000])
        self.file = (key.encode() + b" ") * 12000 if chance.random() < 0.1 else None  # beyond 32 KiB: a blob in a file
        files = [{"name": "a.txt", "media_type": "text/plain", "data": base64.b64encode(self.file).decode()}] if self.file else []
        self.body = json.dumps({
            "kind": "registered", "subject": "Fault", "text": self.text, "files": files, "reference": key,
            "recipients": [{"email": f"r{chance.randrange(500)}@example.com", "second_email": f"c{chance.randrange(500)}@example.net"}]})
        self.delivery = None


class Load:
    def __init__(self, house, seed, clients=6, pause=0.02):
        self.house, self.seed, self.clients, self.pause = house, seed, clients, pause
        self.taken, self.unanswered = {}, {}  # by idempotency key
        self.checkpoints = {}  # every note that anybody saw, with its size
        self.refused = self.number = 0
        self.inbox = Inbox(house, seed)
        self.lock, self.stopping, self.errors, self.threads = threading.Lock(), threading.Event(), [], []

    def post(self, connection, submission):
        connection.request("POST", "/v1/deliveries", submission.body, {
            "Authorization": f"Bearer {self.house.key}", "Content-Type": "application/json", "Idempotency-Key": submission.key})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def next(self):
        with self.lock:
            self.number += 1
            submission = Submission(f"k{self.number}", self.seed)
            self.unanswered[submission.key] = submission
            return submission

    def take(self, submission, answer):
        deliveries = json.loads(answer)["deliveries"]
        assert len(deliveries) == 1, f"{submission.key}: {len(deliveries)} deliveries"
        with self.lock:
            submission.delivery = deliveries[0]["id"]
            self.taken[submission.key] = submission
            del self.unanswered[submission.key]

    def client(self):
        connection, submission = self.house.connection(), None
        while not self.stopping.wait(self.pause):
            submission = submission or self.next()
            try:
                status, answer = self.post(connection, submission)
            except (OSError, http.client.HTTPException):
                connection.close()  # opened again by the next request
                continue
            if status == 202:
                self.take(submission, answer)
                submission = None
            elif status == 503:
                self.refused += 1
            else:
                raise AssertionError(f"unexpected answer {status}: {answer[:500]}")
        connection.close()

    def watch_log(self):
        while not self.stopping.wait(0.2):
            try:
                status, note = self.house.get("/log/checkpoint")
            except (OSError, http.client.HTTPException):
                continue
            if status == 200:
                self.checkpoints[note] = int(note.split(b"\n")[1])

    def start(self):
        self.stopping.clear()

        def guarded(work):
            try:
                work()
            except Exception as error:  # told by stop()
                self.errors.append(error)
        self.threads = [threading.Thread(target=guarded, args=(w,), daemon=True) for w in
                        [self.client] * self.clients + [self.watch_log] + self.inbox.workers(self.stopping)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.threads = []
        if self.errors:
            raise self.errors[0]

    def settle(self):
        """What had no answer is sent again with its key: now it must be taken."""
        connection = self.house.connection()
        for submission in list(self.unanswered.values()):
            status, answer = self.post(connection, submission)
            assert status == 202, f"sent again with {submission.key}: {status} {answer[:300]}"
            self.take(submission, answer)
        connection.close()
        self.inbox.settle()
