#!/usr/bin/env python3
"""Files of mails, uploads and imports are shown to clamd, the real one, with a small database of signatures that this test writes: infected ones are kept and not given out; while
clamd is away nothing waits and nothing is forgotten. On both engines."""
import email.message
import email.utils
import pathlib
import shutil
import smtplib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.parts import free_port, wait_for  # noqa: E402
from support.server import Rapport  # noqa: E402

SCOPES = ["conversations.read", "conversations.reply", "mailboxes.manage"]
# The file that every antivirus calls infected; written in two parts, so that none finds this test.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


CLAMD = shutil.which("clamd") or "/usr/sbin/clamd"


class Clamd:
    def __init__(self, folder, port=0):
        self.folder, self.port, self.process = folder, port, None
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        signatures = folder / "signatures"
        signatures.mkdir()
        (signatures / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
        where = f"TCPSocket {port}\nTCPAddr 127.0.0.1" if port else f"LocalSocket {self.path}\nLocalSocketMode 666"
        (folder / "clamd.conf").write_text(f"{where}\nDatabaseDirectory {signatures}\nForeground yes\nUser root\nLogFile {folder}/log\nStreamMaxLength 1M\nPidFile {folder}/pid\nConcurrentDatabaseReload no\n")

    @property
    def path(self):
        return self.folder / "clamd.sock"

    @property
    def address(self):
        return f"127.0.0.1:{self.port}" if self.port else str(self.path)

    def start(self):
        with open(self.folder / "words", "ab") as words:
            self.process = subprocess.Popen([CLAMD, "-c", str(self.folder / "clamd.conf")], stdout=words, stderr=words)
        wait_for(self.answers, 60, "clamd")

    def answers(self):
        assert self.process.poll() is None, f"clamd did not start: {(self.folder / 'words').read_text()}"
        with socket.socket(socket.AF_INET if self.port else socket.AF_UNIX) as asked:
            asked.settimeout(2)
            try:
                asked.connect(("127.0.0.1", self.port) if self.port else str(self.path))
                asked.sendall(b"zPING\0")
                return asked.recv(16).startswith(b"PONG")
            except OSError:
                return False

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.path.unlink(missing_ok=True)


def mail(subject, content):
    made = email.message.EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ada <ada@dest.test>", "box@ours.test", subject
    made["Message-ID"], made["Date"] = email.utils.make_msgid(domain="dest.test"), email.utils.formatdate()
    made.set_content("See the file.")
    made.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{subject}.bin")
    return made


def call(rapport, method, path, body=None, status=200, key=None):
    got, _, answer = rapport.request(method, path, body, key=key or rapport.agent)
    assert got == status, (method, path, got, answer)
    return answer


def send(rapport, subject, content):
    with smtplib.LMTP("127.0.0.1", rapport.lmtp) as client:
        client.send_message(mail(subject, content), "ada@dest.test", ["box@ours.test"])  # raises unless 250


def message_of(rapport, subject):
    found = []

    def look():
        for one in call(rapport, "GET", "/v1/conversations?state=open&limit=100")["items"]:
            if one["subject"] == subject:
                found[:] = call(rapport, "GET", f"/v1/conversations/{one['id']}/messages")["items"][:1]
        return bool(found)
    wait_for(look, 20, f"the mail {subject}")
    return found[0]


def file_of(rapport, subject):
    return message_of(rapport, subject)["attachments"][0]


def scanned(rapport, subject, finding, seconds=30):
    wait_for(lambda: file_of(rapport, subject).get("scan", {}).get("finding") == finding and "at" in file_of(rapport, subject)["scan"], seconds, f"{subject} to be {finding}: {file_of(rapport, subject)}")
    return file_of(rapport, subject)


def run(engine, by_tcp):
    port = free_port()
    rapport = Rapport(engine)
    clamd = Clamd(rapport.folder / "clamd", free_port() if by_tcp else 0)
    rapport.config.write_text(rapport.config.read_text() + f'[inbound]\nlmtp_listen = "127.0.0.1:{port}"\npeers = "127.0.0.1"\n[antivirus]\naddress = "{clamd.address}"\n')
    rapport.lmtp = port
    with rapport:
        rapport.agent = rapport.new_key("agent", SCOPES)
        admin = rapport.new_key("admin", [*SCOPES, "settings.manage"])
        call(rapport, "POST", "/v1/mailboxes", {"address": "box@ours.test", "name": "Example", "locale": "en"}, 201)
        # Away: the mail is taken, and shown, and says that its file was not scanned.
        send(rapport, "early", EICAR)
        early = file_of(rapport, "early")
        assert early["scan"]["finding"] == "not_scanned" and "at" not in early["scan"], early
        clamd.start()
        try:
            early = scanned(rapport, "early", "infected")
            assert early["scan"]["words"].startswith("Eicar-Test"), early
            problem = call(rapport, "GET", f"/v1/attachments/{early['id']}", status=403)
            assert problem["code"] == "file_infected" and "Eicar-Test" in problem["detail"], problem
            call(rapport, "GET", f"/v1/attachments/{early['id']}?infected=true", status=403)
            assert call(rapport, "GET", f"/v1/attachments/{early['id']}?infected=true", key=admin) == EICAR
            # What no file gives out, the raw mail does not, either.
            early_message = message_of(rapport, "early")
            assert call(rapport, "GET", f"/v1/messages/{early_message['id']}/raw", status=403)["code"] == "file_infected"
            assert b"early.bin" in call(rapport, "GET", f"/v1/messages/{early_message['id']}/raw?infected=true", key=admin)
            send(rapport, "good", b"nothing bad")
            good = scanned(rapport, "good", "clean")
            assert call(rapport, "GET", f"/v1/attachments/{good['id']}") == b"nothing bad"
            send(rapport, "large", b"y" * (2 << 20))
            assert "limit" in scanned(rapport, "large", "not_scanned")["scan"]["words"].lower()
            # Uploads of agents, too: also before they are sent.
            made = call(rapport, "POST", "/v1/attachments?name=up.bin", EICAR, 201)
            wait_for(lambda: rapport.request("GET", f"/v1/attachments/{made['id']}", key=rapport.agent)[0] == 403, 20, "the upload to be found")
            refused = call(rapport, "POST", f"/v1/conversations/{early_message['conversation']}/messages", {"kind": "reply", "text": "Here it is.", "attachments": [made["id"]]}, 403)
            assert refused["code"] == "file_infected", refused
            clamd.stop()
            send(rapport, "later", EICAR)
            assert file_of(rapport, "later")["scan"]["finding"] == "not_scanned"
            rapport.stop()
            rapport.start()
            clamd.start()
            scanned(rapport, "later", "infected")
        finally:
            clamd.stop()
        rapport.stop()
        done = rapport.command("fsck")
        assert done.returncode == 0, done.stdout + done.stderr
        rapport.start()
    print(f"  {engine}: files were scanned by clamd {'by TCP' if by_tcp else 'on its socket'}")


if __name__ == "__main__":
    assert pathlib.Path(CLAMD).exists(), "clamav-daemon is missing"
    for engine in sys.argv[1:] or ["sqlite", "postgresql"]:
        run(engine, by_tcp=engine == "postgresql")
