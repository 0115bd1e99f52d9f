"""Parties that vouch for people: a real OpenID Connect provider (oidc-provider), and a certificate authority on openssl."""
import pathlib
import subprocess
import urllib.parse

from .parts import ROOT, free_port

HERE = ROOT / "tests/identity"
SECRET = "secret-of-the-tests-0123456789abcdef"
WAYS = {"rs256": "basic", "ps256": "post", "es256": "none", "eddsa": "basic"}  # client: how it authenticates


class IdentityProvider:
    """oidc-provider from npm; whoever types an address on its login page is signed in as that."""

    def __init__(self, public_url, folder):
        if not (HERE / "node_modules/oidc-provider").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True)
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.folder = pathlib.Path(folder)
        (self.folder / "oidc.secret").write_text(SECRET + "\n")
        callbacks = [f"{public_url}/{where}/{one}" for one in WAYS for where in ("p/sign-in", "sign-in")]
        self.process = subprocess.Popen(["node", HERE / "provider.mjs", str(self.port), *callbacks], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout.readline().strip() == "ready", "oidc-provider did not start"

    def config(self):
        return "".join(f"""
[[identity_provider]]
id = "{one}"
name = "Test {one}"
issuer = "{self.issuer}"
client_id = "{one}"
client_authentication = "{how}"
client_secret_file = "{'' if how == 'none' else self.folder / 'oidc.secret'}"
uses = ["recipients", "agents"]
acr_low = ["urn:test:low"]
acr_substantial = ["urn:test:substantial"]
private_network = true
""" for one, how in WAYS.items())

    def sign_in(self, browser, way, address, acr="urn:test:substantial"):
        """From the page that leads to the provider, through its forms, to where it sends the browser."""
        start = next(link for link in browser.page.links if link.startswith(self.issuer)) if way is None else way
        if any(cookie.domain == "127.0.0.1" for cookie in browser.jar):  # somebody's session from before
            browser.jar.clear("127.0.0.1")
        browser.open(start)
        for _ in range(4):
            if browser.status in (302, 303) or not browser.url.startswith(self.issuer):
                return browser
            form = browser.page.forms[0]
            fields = dict(form["fields"])
            if "login" in fields:
                fields |= {"login": address, "acr": acr}
            browser.open(form["action"], urllib.parse.urlencode(fields).encode())
        raise AssertionError(f"the provider does not let go: {browser.url} {browser.text[:500]}")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class CertificateAuthority:
    """A root that issues client certificates with `openssl`, and revokes them."""

    def __init__(self, folder, name="Test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000")
        (self.folder / "crlnumber").write_text("01")
        (self.folder / "ca.cnf").write_text(f"""
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ca]
default_ca = own
[own]
dir = {self.folder}
database = {self.folder}/index.txt
serial = {self.folder}/serial
crlnumber = {self.folder}/crlnumber
new_certs_dir = {self.folder}
certificate = {self.folder}/root.pem
private_key = {self.folder}/root.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
email_in_dn = no
copy_extensions = none
[any]
commonName = supplied
serialNumber = optional
""")
        self.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-config", "ca.cnf", "-extensions", "root", "-keyout", "root.key", "-out", "root.pem")
        self.make_crl()
        self.root, self.crl = self.folder / "root.pem", self.folder / "crl.pem"

    def run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_crl(self):
        self.run("ca", "-config", "ca.cnf", "-gencrl", "-out", "crl.pem")

    def issue(self, name, email=None, usage="clientAuth", days="30", host=None, start=None):
        """(certificate, key) as files."""
        names = [f"email:{email}"] if email else [f"DNS:{host}"] if host else []
        extensions = ["basicConstraints = critical,CA:false", "keyUsage = critical,digitalSignature", f"extendedKeyUsage = {usage}",
                      "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid"] + ([f"subjectAltName = {names[0]}"] if names else [])
        (self.folder / f"{name}.ext").write_text("\n".join(extensions) + "\n")
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        dates = ["-startdate", start, "-enddate", days] if start else ["-days", days]
        self.run("ca", "-config", "ca.cnf", "-batch", "-notext", "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext", *dates)
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def revoke(self, name):
        self.run("ca", "-config", "ca.cnf", "-revoke", f"{name}.pem")
        self.make_crl()
