"""Foreign parts of mail: unbound with a signed zone, Postfix with TLS and Dovecot's SASL, a server of MTA-STS policies, OpenDKIM. All on 127.0.0.1."""
import hashlib
import http.server
import os
import pathlib
import pwd
import re
import shutil
import ssl
import subprocess
import threading

from .parts import can_connect, free_port, wait_for


def run(*words, folder=None):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


class Authority:
    """A certificate authority, and certificates of it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.certificate = self.folder / "ca.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=Test authority",
            "-keyout", self.folder / "ca.key", "-out", self.certificate)

    def issue(self, name, hosts):
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={hosts[0]}", "-keyout", key, "-out", request)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text("subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts) + "\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", "20",
            "-extfile", extensions, "-out", certificate)
        chain = self.folder / f"{name}.chain.pem"
        chain.write_text(certificate.read_text() + self.certificate.read_text())
        return key, chain

    def spki_sha256(self, chain):
        public = subprocess.run(["openssl", "x509", "-in", chain, "-noout", "-pubkey"], capture_output=True, check=True).stdout
        return hashlib.sha256(subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, capture_output=True, check=True).stdout).hexdigest()

    def own_sha256(self):
        return hashlib.sha256(subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"], capture_output=True, check=True).stdout).hexdigest()


class NameServer:
    """unbound, answering for zones of ours. Those in `signed` are signed by ldns-signzone; `spoil` breaks the signature of (name, type)."""

    def __init__(self, folder, zones, signed=(), spoil=()):
        self.folder, self.port, self.process = pathlib.Path(folder), free_port(), None
        self.folder.mkdir(parents=True)
        self.anchor, self.zones, self.signed, self.spoil = self.folder / "anchor.key", dict(zones), set(signed), set(spoil)
        self.keys = {zone: run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone, folder=self.folder).strip() for zone in self.signed}
        self.anchor.write_text("".join((self.folder / f"{key}.ds").read_text() for key in self.keys.values()))
        self.start()

    def file_of(self, zone):
        plain = self.folder / f"{zone}.zone"
        plain.write_text(f"$ORIGIN {zone}.\n$TTL 5\n@ IN SOA ns.{zone}. root.{zone}. 1 3600 600 86400 5\n@ IN NS ns.{zone}.\nns IN A 127.0.0.1\n" + self.zones[zone])
        if zone not in self.signed:
            return plain
        out = self.folder / f"{zone}.signed"
        run("ldns-signzone", "-n", "-f", out, plain, self.keys[zone], folder=self.folder)
        lines = out.read_text().splitlines()
        for i, line in enumerate(lines):
            words = line.split()
            if len(words) > 12 and words[3] == "RRSIG" and (words[0].rstrip("."), words[4]) in self.spoil:
                signature = words[-1]
                lines[i] = line.replace(signature, ("B" if signature[0] == "A" else "A") + signature[1:])
        out.write_text("\n".join(lines) + "\n")
        return out

    def start(self):
        text = f"""server:
  interface: 127.0.0.1
  port: {self.port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.folder}/pid"
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
  local-zone: "168.192.in-addr.arpa." nodefault
remote-control:
  control-enable: no
"""
        for zone in self.zones:
            text += f'auth-zone:\n  name: "{zone}."\n  zonefile: "{self.file_of(zone)}"\n  for-downstream: yes\n  for-upstream: no\n  fallback-enabled: no\n'
        # Whatever is not ours does not exist: nothing leaves this machine.
        (self.folder / "root.zone").write_text(". 5 IN SOA ns. root. 1 3600 600 86400 5\n. 5 IN NS ns.\nns. 5 IN A 127.0.0.1\n")
        text += f'auth-zone:\n  name: "."\n  zonefile: "{self.folder}/root.zone"\n  for-downstream: yes\n  for-upstream: no\n  fallback-enabled: no\n'
        (self.folder / "unbound.conf").write_text(text)
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(["unbound", "-d", "-c", self.folder / "unbound.conf"], stdout=log, stderr=log)
        wait_for(lambda: can_connect(self.port), 10, "unbound")

    def change(self, zone, lines):
        """Serves other records from now on."""
        self.zones[zone] = lines
        self.stop()
        self.start()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None


class Postfix:
    """A receiving Postfix with STARTTLS that hands everything to `relay`; with `sasl`, only to those who sign in (Dovecot decides)."""

    def __init__(self, folder, relay, key, chain, sasl=None, extra=""):
        self.folder, self.port = pathlib.Path(folder), free_port()
        for name in ("queue", "data", "etc"):
            (self.folder / name).mkdir(parents=True)
        shutil.chown(self.folder / "data", "postfix")
        os.chmod(self.folder, 0o755)
        self.dovecot = Dovecot(self.folder / "dovecot", sasl) if sasl else None
        access = "permit_mynetworks, reject"
        if sasl:
            access = "permit_sasl_authenticated, reject"
            extra += f"smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {self.dovecot.socket}\nsmtpd_tls_auth_only = yes\n"
        (self.folder / "etc/main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
myhostname = postfix.lab.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{relay}
relay_domains = static:all
smtp_dns_support_level = disabled
smtpd_relay_restrictions = {access}
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = may
smtpd_tls_key_file = {key}
smtpd_tls_cert_file = {chain}
maillog_file_prefixes = /tmp, /var, {self.folder}
maillog_file = {self.folder}/log
{extra}""")
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd"]
        for line in pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
            words = line.split()
            if line and line[0] not in "# " and words[1] != "inet" and words[7] != "pipe":
                words[4] = "n"
                services.append(" ".join(words))
        (self.folder / "etc/master.cf").write_text("\n".join(services) + "\n")
        subprocess.run(["postfix", "-c", self.folder / "etc", "start"], capture_output=True)
        wait_for(lambda: can_connect(self.port), 20, "Postfix")

    def stop(self):
        subprocess.run(["postfix", "-c", self.folder / "etc", "stop"], capture_output=True)
        if self.dovecot:
            self.dovecot.stop()


class Dovecot:
    """Its authentication service alone, behind a socket that Postfix asks."""

    def __init__(self, folder, users):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        os.chmod(self.folder, 0o755)
        self.socket = self.folder / "auth"
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{password}\n" for user, password in users.items()))
        postfix = pwd.getpwnam("postfix").pw_name
        (self.folder / "dovecot.conf").write_text(f"""base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols =
ssl = no
auth_mechanisms = plain login
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=plain {self.folder}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service auth {{
  unix_listener {self.socket} {{
    mode = 0660
    user = {postfix}
    group = {postfix}
  }}
}}
""")
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.socket.exists() or self.process.poll() is not None, 10, "Dovecot")
        assert self.process.poll() is None, (self.folder / "log").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class PolicyServer:
    """MTA-STS policies over https, by host name."""

    def __init__(self, key, chain, policies):
        self.port, self.policies, self.asked = free_port(), dict(policies), []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host = self.headers["Host"].split(":")[0]
                server.asked.append(host)
                policy = server.policies.get(host) if self.path == "/.well-known/mta-sts.txt" else None
                self.send_response(200 if policy else 404)
                self.send_header("Content-Type", "text/plain")
                self.end_headers()
                self.wfile.write((policy or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def opendkim_says(folder, mail, records):
    """What OpenDKIM's verifier says about a mail; `records`: name → TXT."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "records").write_text("".join(f"{name} {text}\n" for name, text in records.items()))
    (folder / "conf").write_text(f"Mode v\nTestPublicKeys {folder}/records\n")
    (folder / "mail").write_bytes(re.sub(rb"\r?\n", b"\r\n", mail))
    return subprocess.run(["opendkim", "-x", folder / "conf", "-vv", "-t", folder / "mail"], capture_output=True, text=True)


class ImapServer:
    """Dovecot with mailboxes that are filled by LMTP and read by IMAP: in clear text and with STARTTLS on one port, with TLS on another."""

    def __init__(self, folder, users, key, chain):
        self.folder = pathlib.Path(folder)
        self.lmtp, self.imap, self.imaps = free_port(), free_port(), free_port()
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        mails = self.folder / "mails"
        mails.mkdir()
        shutil.chown(mails, "mail", "mail")
        user = pwd.getpwnam("mail")
        (self.folder / "users").write_text("".join(f"{name}:{{PLAIN}}{password}:{user.pw_uid}:{user.pw_gid}::{mails}/{name}::\n" for name, password in users.items()))
        self.config = self.folder / "dovecot.conf"
        self.config.write_text(f"""
protocols = lmtp imap
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:~/Maildir
recipient_delimiter = +
auth_username_format = %n
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
postmaster_address = postmaster@ours.test
protocol lmtp {{
  lmtp_add_received_header = yes
}}
""")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: can_connect(self.imaps) and can_connect(self.lmtp), 20, "Dovecot")

    def admin(self, *words):
        done = subprocess.run(["doveadm", "-c", self.config, *words], capture_output=True, text=True)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def stop(self):
        self.process.terminate()
        self.process.wait()
