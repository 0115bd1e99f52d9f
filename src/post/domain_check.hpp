// What the DNS says about the domain that sends, beside what it should say: SPF, DKIM, DMARC, the bounce domain's MX,
// MTA-STS, TLS-RPT, names of our addresses. Each line comes with the exact record to publish.
#pragma once

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "channels/email/resolver.hpp"
#include "post/signing.hpp"

namespace rapport::post {

enum class CheckState : std::uint8_t { good, advice, wrong, unknown };
BOOST_DESCRIBE_ENUM(CheckState, good, advice, wrong, unknown)

struct DomainLine {
    std::string check;  // "spf", "dkim", "dmarc", "bounce_mx", "bounce_alignment", "mta_sts", "tls_rpt", "ptr"
    CheckState state = CheckState::unknown;
    std::string name;                           // of the record
    std::string type;                           // "TXT", "MX", "PTR"
    std::vector<std::string> is = {};           // what the DNS says
    std::optional<std::string> should_be = {};  // the record to publish
    std::string text = {};                      // for people
    std::string code = "dns_failed";            // of the text, for programs: docs/operators/mail.md lists them
    std::optional<std::string> about = {};      // what the text names: an address, a domain, a key's state
};
BOOST_DESCRIBE_STRUCT(DomainLine, (), (check, state, name, type, is, should_be, text, code, about))

struct DomainToCheck {
    std::string domain;                    // of the From field
    std::string bounce_domain;             // of the envelope sender; empty: the same
    std::string mail_host;                 // our name, which the bounce domain's MX should be
    std::vector<std::string> addresses;    // that we send from, as operators told us
    std::vector<std::string> smart_hosts;  // that send for us
    std::vector<SigningKey> keys;
};

Task<std::vector<DomainLine>> check_domain(channels::email::Resolver& resolver, DomainToCheck what);

// Whether an SPF record (RFC 7208) lets an address send for the domain; "unknown" where the DNS fails or the record
// says what we do not read (macros, exists, ptr). At most ten look-ups (§4.6.4).
enum class SpfResult : std::uint8_t { pass, no, unknown };
Task<SpfResult> spf_allows(channels::email::Resolver& resolver, std::string domain, asio::ip::address address);

// The registered domain by the Public Suffix List: what relaxed alignment compares (RFC 7489 §3.2).
std::string organisational_domain(std::string_view domain);

}  // namespace rapport::post
