// The configuration: one TOML file, one checked struct. Every member has its default here; docs/operators/configuration.md
// lists them (printed by `rapport config --reference`).
#pragma once

#include <boost/describe.hpp>

#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace rapport::app {

struct OrganisationConfig {
    std::string name = "Rapport";
    std::string identifier{};  // the sender's registered identifier as evidence names it: "VATIT-01234567890"
};

struct TlsConfig {
    std::string listen{};  // address:port; empty: no TLS here (a proxy in front does it)
    std::string certificate{};
    std::string key{};
};

struct MailConfig {
    std::string from = "rapport@localhost";
    std::string smart_host{};  // host:port; empty: straight to the recipient's MX
    std::string user{};
    std::string password_file{};
    std::string tls = "opportunistic";  // off | opportunistic | required
    std::string hello{};                // the name said in EHLO; empty: this machine's
    std::string ca_file{};              // trusted roots for TLS; empty: the system's
    int connections = 8;                // at most, per destination
    bool paused = false;                // letters wait in the outbox
};

struct EvidenceConfig {
    std::string policy{};           // OID in EvidenceIssuerPolicyID; empty: Rapport's own evidence policy
    std::string issuer{};                                       // the provider's name in evidence; empty: the organisation's
    std::string tsa_url{};                                      // RFC 3161 over HTTP; empty: built-in, non-qualified
    std::string tsa_roots{};                                    // PEM roots that the TSA's certificate chains to
    bool tsa_private_network = false;                           // the TSA may live in a private network
    std::string log_origin{};                                   // the log's name in checkpoints; empty: the public URL's host
    bool stamp_every_evidence = true;                           // XAdES-B-T for each, not for checkpoints alone
};

struct DeliveryConfig {
    int max_file_mb = 25;
    int max_delivery_mb = 50;
    int max_files = 20;
    int default_acceptance_days = 15;
    int max_acceptance_days = 90;
};

struct LogConfig {
    std::string level = "info";   // debug | info | warning | error
    std::string format = "json";  // json | text
};

struct Config {
    std::string listen = "127.0.0.1:8080";
    std::string public_url = "http://localhost:8080";
    std::string data = "data";      // folder: database, blobs, keys
    std::string database{};         // empty: <data>/rapport.db; or "postgresql://…"
    int threads = 2;
    int max_connections = 20'000;
    bool trust_proxy = false;       // take the client's address from X-Forwarded-For
    OrganisationConfig organisation{};
    TlsConfig tls{};
    MailConfig mail{};
    EvidenceConfig evidence{};
    DeliveryConfig delivery{};
    LogConfig log{};
};

BOOST_DESCRIBE_STRUCT(OrganisationConfig, (), (name, identifier))
BOOST_DESCRIBE_STRUCT(TlsConfig, (), (listen, certificate, key))
BOOST_DESCRIBE_STRUCT(MailConfig, (), (from, smart_host, user, password_file, tls, hello, ca_file, connections, paused))
BOOST_DESCRIBE_STRUCT(EvidenceConfig, (), (policy, issuer, tsa_url, tsa_roots,
                                           tsa_private_network, log_origin, stamp_every_evidence))
BOOST_DESCRIBE_STRUCT(DeliveryConfig, (), (max_file_mb, max_delivery_mb, max_files, default_acceptance_days,
                                           max_acceptance_days))
BOOST_DESCRIBE_STRUCT(LogConfig, (), (level, format))
BOOST_DESCRIBE_STRUCT(Config, (), (listen, public_url, data, database, threads, max_connections, trust_proxy,
                                   organisation, tls, mail, evidence, delivery, log))

// Reads and checks the file. Errors name the line or the member, the rule and the fix.
Expected<Config> read_config(std::filesystem::path const& file);
// The rules that the types do not express: addresses, pairs that belong together, files that must be there.
Expected<void> check(Config const& config);

std::string to_toml(Config const& config);  // as it is in force; holds no secrets (they stand in files)
std::string database_of(Config const& config);
std::string explain(Error const& error);  // for a terminal: one line a field

struct HostPort {
    std::string host;
    unsigned short port = 0;
};
// "127.0.0.1:8080", "[::1]:8080", "mail.example.org:25".
Expected<HostPort> parse_host_port(std::string const& text);

}  // namespace rapport::app
