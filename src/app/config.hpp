// The configuration: one TOML file, one checked struct. Every member has its default here and its line in
// `explanations`; `rapport config --reference` prints them, and docs/operators/configuration.md holds the same.
#pragma once

#include <boost/describe.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace rapport::app {

struct OrganisationConfig {
    std::string name = "Rapport";
    std::string language = "en";    // where neither the sender nor the customer names one
    std::string time_zone = "UTC";  // of dates and times in letters, where the customer's is not known
    std::string identifier{};       // the sender's registered identifier as evidence names it: "VATIT-01234567890"
};

struct TlsConfig {
    std::string listen{};  // address:port; empty: no TLS here (a proxy in front does it)
    std::string certificate{};
    std::string key{};
    std::string certificate_listen{};  // a second address that asks browsers for a certificate
    std::string certificate_url{};     // under which people reach it; the same host as public_url
};

struct MailConfig {
    std::string from = "rapport@localhost";
    std::string smart_host{};  // host:port; empty: straight to the recipient's MX
    std::string user{};
    std::string password_file{};
    std::string tls = "opportunistic";                   // off | opportunistic | required
    std::string hello{};                                 // the name said in EHLO; empty: this machine's
    std::string ca_file{};                               // trusted roots for TLS; empty: the system's
    int connections = 8;                                 // at most, per destination
    std::vector<std::string> fallback_hosts{};           // host:port, in order
    std::vector<std::string> fallback_users{};           // one for each, "" for none
    std::vector<std::string> fallback_password_files{};  // one for each
    std::vector<std::string> addresses{};                // that mail leaves from, for the check of the domain
    bool dkim = true;
    int dkim_keep_days = 7;          // a replaced key stays published
    int dkim_rotate_days = 0;        // 0: by hand
    std::string dns{};               // address@port, or recursive; empty: as the system does
    std::string dns_trust_anchor{};  // file; turns DNSSEC validation and DANE on
    bool mta_sts = true;
    int mta_sts_port = 443;                      // for tests
    std::string mta_sts_ca_file{};               // for tests
    std::vector<std::string> mta_sts_private{};  // for tests
    int mx_port = 25;                            // for tests
    bool paused = false;                         // letters wait in the outbox
};

struct InboundConfig {
    std::string smtp_listen{};  // address:port; empty: none
    std::string lmtp_listen{};
    std::string peers = "127.0.0.0/8, ::1/128";  // networks that may connect
    std::string bounce_domain{};                 // empty: bounces go to mail.from
    int max_mail_mb = 25;
    int connections = 200;
    int keep_days = 90;  // reports about letters; 0: for ever
};

struct SuppressionConfig {
    int hard_days = 90;
    int complaint_days = 0;  // 0: until somebody lifts it
    int soft_days = 3;
    int soft_bounces = 5;
    int soft_window_days = 14;
    bool legal_anyway = false;
};

struct EvidenceConfig {
    std::string policy{};              // OID in EvidenceIssuerPolicyID; empty: Rapport's own evidence policy
    std::string issuer{};              // the provider's name in evidence; empty: the organisation's
    std::string tsa_url{};             // RFC 3161 over HTTP; empty: built-in, non-qualified
    std::string tsa_roots{};           // PEM roots that the TSA's certificate chains to
    bool tsa_private_network = false;  // the TSA may live in a private network
    std::string log_origin{};          // the log's name in checkpoints; empty: the public URL's host
    bool stamp_every_evidence = true;  // XAdES-B-T for each, not for checkpoints alone
};

struct DeliveryConfig {
    int max_file_mb = 25;
    int max_delivery_mb = 50;
    int max_files = 20;
    int default_acceptance_days = 15;
    int max_acceptance_days = 90;
};

struct PreferencesConfig {
    int link_days = 730;
    int confirm_days = 7;
    std::string keep_remote = "truncated";  // none | truncated | full
};

struct WebhooksConfig {
    std::vector<std::string> private_hosts{};
    int timeout_s = 15;
};

struct IdentificationConfig {
    bool passkeys = true;
    int passkey_days = 365;
    bool sender_step_up = false;
    int codes_per_session = 5;
    int codes_per_network = 8;
    int codes_per_delivery = 20;
    int codes_noticed = 6;
};

// [[identity_provider]]: OpenID Connect.
struct IdentityProviderConfig {
    std::string id{};
    std::string name{};
    std::string issuer{};
    std::string client_id{};
    std::string client_secret_file{};
    std::string client_authentication = "basic";  // basic | post | none
    std::vector<std::string> scopes{"openid", "email"};
    std::vector<std::string> uses{"recipients"};  // recipients, agents
    std::vector<std::string> acr_low{}, acr_substantial{}, acr_high{};
    std::vector<std::string> amr_low{}, amr_substantial{}, amr_high{};
    std::string otherwise{};  // "" (refused) | low
    std::string identifier_claim{};
    int max_age_seconds = 600;
    bool private_network = false;
};

// [[certificate_authority]]: whose client certificates are accepted.
struct CertificateAuthorityConfig {
    std::string id{};
    std::string name{};
    std::string file{};
    std::string revocation_file{};
    std::string level = "low";
    std::string identifier_attribute{};
    std::vector<std::string> policies{};
};

struct LogConfig {
    std::string level = "info";   // debug | info | warning | error
    std::string format = "json";  // json | text
    bool journal = true;          // a line for each change, too
};

struct MetricsConfig {
    std::string listen{};      // address:port; empty: no metrics
    std::string token_file{};  // whoever asks must know it; empty: whoever reaches the port may ask
};

struct BackupConfig {
    std::string folder{};     // empty: must be said on the command line
    std::string recipient{};  // PEM file, X25519 public key
    std::string passphrase_file{};
    int keep = 7;
    int keep_days = 0;
};

struct AntivirusConfig {
    std::string address{};
};

struct RetentionConfig {  // days; 0: for ever
    int content_days = 0;
    int letters_days = 0;
    int audit_days = 0;
};

struct Config {
    std::string listen = "127.0.0.1:8080";
    std::string public_url = "http://localhost:8080";
    std::string data = "data";  // folder: database, blobs, keys
    std::string database{};     // empty: <data>/rapport.db; or "postgresql://…"
    int threads = 2;
    int max_connections = 20'000;
    bool trust_proxy = false;  // take the client's address from X-Forwarded-For
    OrganisationConfig organisation{};
    TlsConfig tls{};
    MailConfig mail{};
    InboundConfig inbound{};
    AntivirusConfig antivirus{};
    SuppressionConfig suppression{};
    EvidenceConfig evidence{};
    DeliveryConfig delivery{};
    PreferencesConfig preferences{};
    WebhooksConfig webhooks{};
    IdentificationConfig identification{};
    std::vector<IdentityProviderConfig> identity_provider{};
    std::vector<CertificateAuthorityConfig> certificate_authority{};
    LogConfig log{};
    MetricsConfig metrics{};
    BackupConfig backup{};
    RetentionConfig retention{};
};

BOOST_DESCRIBE_STRUCT(OrganisationConfig, (), (name, language, time_zone, identifier))
BOOST_DESCRIBE_STRUCT(TlsConfig, (), (listen, certificate, key, certificate_listen, certificate_url))
BOOST_DESCRIBE_STRUCT(MailConfig, (),
                      (from, smart_host, user, password_file, tls, hello, ca_file, connections, paused, fallback_hosts,
                       fallback_users, fallback_password_files, addresses, dkim, dkim_keep_days, dkim_rotate_days, dns,
                       dns_trust_anchor, mta_sts, mta_sts_port, mta_sts_ca_file, mta_sts_private, mx_port))
BOOST_DESCRIBE_STRUCT(InboundConfig, (),
                      (smtp_listen, lmtp_listen, peers, bounce_domain, max_mail_mb, connections, keep_days))
BOOST_DESCRIBE_STRUCT(SuppressionConfig, (),
                      (hard_days, complaint_days, soft_days, soft_bounces, soft_window_days, legal_anyway))
BOOST_DESCRIBE_STRUCT(EvidenceConfig, (),
                      (policy, issuer, tsa_url, tsa_roots, tsa_private_network, log_origin, stamp_every_evidence))
BOOST_DESCRIBE_STRUCT(DeliveryConfig, (),
                      (max_file_mb, max_delivery_mb, max_files, default_acceptance_days, max_acceptance_days))
BOOST_DESCRIBE_STRUCT(PreferencesConfig, (), (link_days, confirm_days, keep_remote))
BOOST_DESCRIBE_STRUCT(WebhooksConfig, (), (private_hosts, timeout_s))
BOOST_DESCRIBE_STRUCT(IdentificationConfig, (),
                      (passkeys, passkey_days, sender_step_up, codes_per_session, codes_per_network, codes_per_delivery,
                       codes_noticed))
BOOST_DESCRIBE_STRUCT(IdentityProviderConfig, (),
                      (id, name, issuer, client_id, client_secret_file, client_authentication, scopes, uses, acr_low,
                       acr_substantial, acr_high, amr_low, amr_substantial, amr_high, otherwise, identifier_claim,
                       max_age_seconds, private_network))
BOOST_DESCRIBE_STRUCT(CertificateAuthorityConfig, (),
                      (id, name, file, revocation_file, level, identifier_attribute, policies))
BOOST_DESCRIBE_STRUCT(LogConfig, (), (level, format, journal))
BOOST_DESCRIBE_STRUCT(MetricsConfig, (), (listen, token_file))
BOOST_DESCRIBE_STRUCT(BackupConfig, (), (folder, recipient, passphrase_file, keep, keep_days))
BOOST_DESCRIBE_STRUCT(AntivirusConfig, (), (address))
BOOST_DESCRIBE_STRUCT(RetentionConfig, (), (content_days, letters_days, audit_days))
BOOST_DESCRIBE_STRUCT(Config, (),
                      (listen, public_url, data, database, threads, max_connections, trust_proxy, organisation, tls,
                       mail, inbound, antivirus, suppression, evidence, delivery, preferences, webhooks, identification,
                       identity_provider, certificate_authority, log, metrics, backup, retention))

struct Explanation {
    std::string_view setting, text;
};
inline constexpr Explanation explanations[] = {
    {"listen",
     "Address and port where it answers without TLS. Let only this machine and a proxy on it reach it: 127.0.0.1:…"},
    {"public_url", "The address under which people reach it; stands in links and mails. No slash at the end."},
    {"data", "The folder of the database, the contents, the keys and the marks of letters under way."},
    {"database", "A SQLite file, or postgresql://user@host/name. Empty: rapport.db in the data folder."},
    {"threads", "Threads that answer requests, 1 to 64."},
    {"max_connections",
     "Open connections, event streams included; beyond them the answer is 503. Needs as many file descriptors."},
    {"trust_proxy", "Believe X-Forwarded-For and X-Forwarded-Proto from a proxy on this machine."},
    {"organisation.name", "Who sends, as people read it in mails, on pages and in evidence."},
    {"organisation.language", "en, it, th, ja, ko or fa: the language of letters to customers of whom none is known."},
    {"organisation.time_zone", "Of dates and times in letters, like Europe/Rome."},
    {"organisation.identifier", "The sender's registered identifier as evidence names it, like VATIT-01234567890."},
    {"tls.listen", "Address and port where it answers with TLS. Empty: no TLS here, a proxy in front does it."},
    {"tls.certificate", "PEM file: the certificate and its chain."},
    {"tls.key", "PEM file: the private key, readable by the service alone."},
    {"tls.certificate_listen",
     "Address and port that answers with TLS and asks browsers for a certificate (see [[certificate_authority]]). "
     "Empty: certificates are not taken."},
    {"tls.certificate_url", "The https address under which people reach it: the host of public_url, another port."},
    {"mail.from", "Sender of every mail, of the envelope too: bounces come here."},
    {"mail.smart_host",
     "host:port of a mail server that takes all mails. Empty: straight to the recipients' MX hosts, port 25."},
    {"mail.user", "Account at the smart host (AUTH PLAIN or LOGIN, only over TLS)."},
    {"mail.password_file", "File that holds its password."},
    {"mail.tls",
     "off; opportunistic: encrypted where offered; required: a valid certificate for the host's name, or the mail "
     "waits."},
    {"mail.hello", "The name said in EHLO. Empty: this machine's."},
    {"mail.ca_file", "PEM file: authorities for required. Empty: the system's."},
    {"mail.connections", "At most so many connections to one destination, 1 to 100."},
    {"mail.fallback_hosts",
     "Smart hosts, host:port, that take over in this order when the one before is away, or its warm-up cap is "
     "reached."},
    {"mail.fallback_users", "Their accounts, one for each, \"\" for none. Empty: none has one."},
    {"mail.fallback_password_files", "Files that hold their passwords, one for each."},
    {"mail.addresses", "Addresses that mail leaves from, as the world sees them: for the check of the domain's DNS."},
    {"mail.dkim", "Sign mails with DKIM, RSA-2048 and Ed25519; keys are made at the first start."},
    {"mail.dkim_keep_days", "Days that the record of a replaced key stays published, 1 to 365."},
    {"mail.dkim_rotate_days", "Days after which the successor of a key is made. 0: by hand (rapport key dkim)."},
    {"mail.dns",
     "Name server, address or address@port; recursive: none, from the root down. Empty: as /etc/resolv.conf says."},
    {"mail.dns_trust_anchor",
     "File of DNSSEC trust anchors, like /usr/share/dns/root.key: answers are validated, and DANE is on. The name "
     "server must pass signatures on. Empty: neither."},
    {"mail.mta_sts", "Obey the MTA-STS policies of recipients' domains."},
    {"mail.mta_sts_port", "Port of their policies' servers; another one for tests only."},
    {"mail.mta_sts_ca_file", "PEM file: authorities for them. Empty: the system's."},
    {"mail.mta_sts_private", "Policy hosts, mta-sts.…, that may be in private networks: for tests only."},
    {"mail.mx_port", "Port of mail hosts; another one for tests only."},
    {"mail.paused", "Letters wait in the outbox until this is false again and the server was restarted."},
    {"antivirus.address",
     "Where clamd listens: the path of its socket, or address:port. Files of messages are shown to it. Empty: none."},
    {"inbound.smtp_listen", "Address and port where mail is taken in by SMTP. Empty: none."},
    {"inbound.lmtp_listen", "The same by LMTP, for a mail server that delivers to us."},
    {"inbound.peers", "Networks whose machines may hand us mail, with commas between them."},
    {"inbound.bounce_domain",
     "Domain of the addresses that bounces come back to; its MX leads to the listener. Empty: they go to mail.from."},
    {"inbound.max_mail_mb", "Largest mail that is taken in, in MB, at most 100."},
    {"inbound.connections", "Open connections of mail servers, 1 to 1,000."},
    {"inbound.keep_days", "Days after which mails that report about letters are erased. 0: never."},
    {"suppression.hard_days", "Days without mail to an address that does not exist."},
    {"suppression.complaint_days", "The same after a complaint. 0: until somebody lifts it."},
    {"suppression.soft_days", "The same after repeated temporary failures."},
    {"suppression.soft_bounces", "So many temporary failures,"},
    {"suppression.soft_window_days", "in so many days, lead to it."},
    {"suppression.legal_anyway", "Legal letters are tried although their address does not exist."},
    {"evidence.policy", "OID of the evidence policy (EvidenceIssuerPolicyID). Empty: Rapport's own."},
    {"evidence.issuer", "The provider's name in evidence. Empty: the organisation's."},
    {"evidence.tsa_url",
     "Time-stamping authority, RFC 3161 over HTTP. Empty: the built-in one, which is not qualified."},
    {"evidence.tsa_roots", "PEM file: the roots that the authority's certificate chains to."},
    {"evidence.tsa_private_network", "The authority may live in a private network."},
    {"evidence.log_origin",
     "The log's name in checkpoints. Fixed once the first was published. Empty: the public URL's host and /log."},
    {"evidence.stamp_every_evidence",
     "A time stamp for each evidence (XAdES-B-T), not for checkpoints of the log alone."},
    {"delivery.max_file_mb", "Largest file, in MB."},
    {"delivery.max_delivery_mb", "All files of one delivery together, in MB, at most 500."},
    {"delivery.max_files", "Files of one delivery."},
    {"delivery.default_acceptance_days", "Days to accept, where the sender says nothing."},
    {"delivery.max_acceptance_days", "Days to accept, at most."},
    {"preferences.link_days", "Days that the links to unsubscribe and to preferences in letters work."},
    {"preferences.confirm_days", "Days to confirm a consent that was asked for by a letter."},
    {"preferences.keep_remote",
     "What records of consent keep of network addresses: none, truncated (to a /24 or /48) or full."},
    {"webhooks.private_hosts",
     "Hosts of webhooks that may be in your own network, and need no TLS: [\"erp.internal:8080\"]."},
    {"webhooks.timeout_s", "Seconds that a webhook may take to answer, 1 to 60."},
    {"identification.passkeys",
     "Recipients may set up a passkey after they were identified, and use it in place of that."},
    {"identification.passkey_days", "Days that a passkey stands for the identification it was set up after."},
    {"identification.codes_per_session", "One-time codes that one browser gets in 24 hours, at most."},
    {"identification.codes_per_network",
     "The same for a network (IPv4 /24, IPv6 /48); beyond, a newcomer gets one each 10 minutes."},
    {"identification.codes_per_delivery", "The same for a delivery, whoever asks."},
    {"identification.codes_noticed", "From so many codes in 24 hours on the sender is told of them."},
    {"identification.sender_step_up",
     "Deliveries at substantial or high are taken only from agents who signed in through a provider at that level."},
    {"identity_provider.id", "A short name of your own, a-z, 0-9 and -: stands in addresses and records."},
    {"identity_provider.name", "As people read it on the button."},
    {"identity_provider.issuer", "The provider's issuer, exactly as it names itself; https."},
    {"identity_provider.client_id", "The identifier that the provider has given to Rapport."},
    {"identity_provider.client_secret_file", "File that holds the client's secret. Empty with authentication none."},
    {"identity_provider.client_authentication", "basic, post, or none (PKCE alone)."},
    {"identity_provider.scopes", "Scopes that are asked for; openid is one."},
    {"identity_provider.uses", "recipients: they identify themselves with it; agents: they sign in with it."},
    {"identity_provider.acr_low", "Values of acr that mean level low."},
    {"identity_provider.acr_substantial", "Values of acr that mean level substantial."},
    {"identity_provider.acr_high", "Values of acr that mean level high."},
    {"identity_provider.amr_low", "Values of amr that, all together, mean level low."},
    {"identity_provider.amr_substantial", "Values of amr that, all together, mean level substantial."},
    {"identity_provider.amr_high", "Values of amr that, all together, mean level high."},
    {"identity_provider.otherwise", "The level of a sign-in that none of these fit: low. Empty: it is refused."},
    {"identity_provider.identifier_claim",
     "The claim that identifies a person for good, linked to customers beforehand. Empty: they are recognised by their "
     "verified e-mail address."},
    {"identity_provider.max_age_seconds", "How long ago, at most, the person may have signed in at the provider."},
    {"identity_provider.private_network", "The provider may live in a private network, and speak plain http there."},
    {"certificate_authority.id", "A short name of your own, a-z, 0-9 and -: stands in records."},
    {"certificate_authority.name", "As people read it."},
    {"certificate_authority.file", "PEM file: its root, and intermediates that clients do not send."},
    {"certificate_authority.revocation_file",
     "PEM file: its revocation lists, which must be current. Empty: revocation is not checked, and records say so."},
    {"certificate_authority.level", "The level that its certificates reach: low, substantial or high."},
    {"certificate_authority.identifier_attribute",
     "The attribute of the subject that identifies a person for good (serialNumber), linked to customers beforehand. "
     "Empty: they are recognised by the e-mail address in the certificate."},
    {"certificate_authority.policies", "Certificate policies (OIDs), one of which must be named. Empty: any."},
    {"log.level", "debug, info, warning or error."},
    {"log.format", "json (a line an event, for machines) or text."},
    {"log.journal", "A line for each change that was committed, with its journey and the request that caused it."},
    {"metrics.listen",
     "Address and port of GET /metrics for Prometheus. Empty: none. Let only the monitoring reach it: 127.0.0.1:…"},
    {"metrics.token_file", "File that holds the token which Prometheus sends (bearer). Empty: none is asked for."},
    {"backup.folder", "Where rapport backup writes to: not on the disk that holds the data."},
    {"backup.recipient", "PEM file: the X25519 public key that backups are encrypted for. Empty: not for a key."},
    {"backup.passphrase_file", "File that holds the passphrase of backups. Empty: none."},
    {"backup.keep", "The newest backups that rapport backup prune keeps, at least 1."},
    {"backup.keep_days", "It keeps those of so many days, too."},
    {"retention.content_days", "Contents of finished deliveries are erased after so many days. 0: kept."},
    {"retention.letters_days",
     "Letters that are over leave the outbox, with their attempts, after so many days. 0: kept."},
    {"retention.audit_days", "Lines of the audit log are removed after so many days. 0: kept."},
};

// Reads and checks the file. Errors name the line or the member, the rule and the fix.
Expected<Config> read_config(std::filesystem::path const& file);
// Each setting that stands in the file, with its line: "mail.tls" → 12. Empty when it cannot be parsed.
std::map<std::string, int> lines_of(std::filesystem::path const& file);
// The rules that the types do not express: addresses, pairs that belong together, files that must be there.
Expected<void> check(Config const& config);

std::string to_toml(Config const& config);  // as it is in force; holds no secrets (they stand in files)
std::string reference();                    // every setting with its default and its explanation, as a TOML file
std::string database_of(Config const& config);
std::string explain(Error const& error);  // for a terminal: one line a field

struct HostPort {
    std::string host;
    unsigned short port = 0;
};
// "127.0.0.1:8080", "[::1]:8080", "mail.example.org:25".
Expected<HostPort> parse_host_port(std::string const& text);

}  // namespace rapport::app
