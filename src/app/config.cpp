// TOML becomes JSON values, and those the described struct: one mapping, one kind of error.
#include "app/config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "base/json.hpp"
#include "channels/antivirus/clamd.hpp"
#include "templates/templates.hpp"

namespace rapport::app {
namespace {

json::Value to_json(toml::node const& node) {
    if (auto const* table = node.as_table()) {
        json::Object object;
        for (auto const& [key, value] : *table) object[key.str()] = to_json(value);
        return object;
    }
    if (auto const* array = node.as_array()) {
        boost::json::array items;
        for (auto const& item : *array) items.push_back(to_json(item));
        return items;
    }
    if (auto const* text = node.as_string()) return json::Value(text->get());
    if (auto const* number = node.as_integer()) return json::Value(number->get());
    if (auto const* real = node.as_floating_point()) return json::Value(real->get());
    if (auto const* truth = node.as_boolean()) return json::Value(truth->get());
    std::ostringstream text;  // dates: read as text by whoever wants one
    text << toml::node_view<toml::node const>(node);
    return json::Value(text.str());
}

std::string_view explanation_of(std::string const& setting) {
    auto const found = std::ranges::find(explanations, setting, &Explanation::setting);
    require(found != std::end(explanations), "every setting is explained");
    return found->text;
}

template <class T>
inline constexpr bool is_list_of_tables = false;
template <class T>
inline constexpr bool is_list_of_tables<std::vector<T>> = json::DescribedStruct<T>;

// Tables come last in TOML: plain members first.
template <class T>
void write_members(std::string& out, T const& value, std::string const& table, bool is_explained) {
    json::for_each_member<T>([&](std::string_view name, auto pointer) {
        auto const& member = value.*pointer;
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (!json::DescribedStruct<Member> && !is_list_of_tables<Member>) {
            if (is_explained) out.append("# ").append(explanation_of(table + std::string(name))).append("\n");
            out.append(name).append(" = ");
            if constexpr (std::is_same_v<Member, std::string>)
                json::write(out, std::string_view(member));
            else
                json::write_any(out, member);
            out += '\n';
        }
    });
    json::for_each_member<T>([&](std::string_view name, auto pointer) {
        auto const& member = value.*pointer;
        using Member = std::remove_cvref_t<decltype(member)>;
        if constexpr (json::DescribedStruct<Member>) {
            out.append("\n[").append(name).append("]\n");
            write_members(out, member, std::string(name) + '.', is_explained);
        } else if constexpr (is_list_of_tables<Member>) {
            for (auto const& one : member) {
                out.append("\n[[").append(name).append("]]\n");
                write_members(out, one, std::string(name) + '.', is_explained);
            }
            if (is_explained) {  // none is usual: the example is a comment
                std::string example;
                write_members(example, typename Member::value_type(), std::string(name) + '.', true);
                out.append("\n# Several, each:\n# [[").append(name).append("]]\n");
                for (std::string_view rest = example; !rest.empty();) {
                    auto const end = rest.find('\n') + 1;
                    out.append(rest.starts_with('#') ? "" : "# ").append(rest.substr(0, end));
                    rest.remove_prefix(end);
                }
            }
        }
    });
}

class Rules {
  public:
    void need(bool good, std::string pointer, std::string rule, std::string fix) {
        if (!good) broken_.push_back({std::move(pointer), std::move(rule), std::move(fix)});
    }
    Expected<void> result() {
        if (broken_.empty()) return {};
        return fail(ErrorKind::invalid, "invalid_configuration", "The configuration is not usable.",
                    std::move(broken_));
    }

  private:
    std::vector<FieldError> broken_;
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

bool readable(std::string const& file) {
    std::error_code error;
    return std::filesystem::is_regular_file(file, error);
}

bool is_short_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::string_view host_in(std::string_view url) {
    auto const at = url.find("://");
    auto const host = at == std::string_view::npos ? url : url.substr(at + 3);
    return host.substr(0, host.find_first_of(":/"));
}

void check_providers(Config const& config, Rules& rules) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < config.identity_provider.size(); ++i) {
        auto const& p = config.identity_provider[i];
        auto const at = "/identity_provider/" + std::to_string(i);
        rules.need(is_short_name(p.id) && seen.insert(p.id).second, at + "/id",
                   "must be a name of its own of a-z, 0-9 and -", "write for example \"eid\"");
        rules.need(!p.name.empty(), at + "/name", "must say what people read", "write the provider's name");
        rules.need(p.issuer.starts_with("https://") || (p.private_network && p.issuer.starts_with("http://")),
                   at + "/issuer", "must be an https address",
                   "copy the issuer from the provider's /.well-known/openid-configuration");
        rules.need(!p.client_id.empty(), at + "/client_id", "must be given", "register Rapport at the provider");
        rules.need(one_of(p.client_authentication, {"basic", "post", "none"}), at + "/client_authentication",
                   "must be basic, post or none", "choose one");
        rules.need(p.client_authentication == "none" || readable(p.client_secret_file), at + "/client_secret_file",
                   "must be a readable file",
                   "write the secret into a file that only Rapport can read, or choose client_authentication none");
        rules.need(std::ranges::find(p.scopes, "openid") != p.scopes.end(), at + "/scopes", "must hold openid",
                   "add it");
        rules.need(
            !p.uses.empty() &&
                std::ranges::all_of(p.uses, [](auto const& use) { return one_of(use, {"recipients", "agents"}); }),
            at + "/uses", "must be recipients, agents or both", "correct it");
        rules.need(one_of(p.otherwise, {"", "low"}), at + "/otherwise", "must be low, or nothing", "correct it");
        rules.need(p.max_age_seconds >= 0 && p.max_age_seconds <= 86400, at + "/max_age_seconds", "must be 0 to 86400",
                   "600 suits most");
        bool const any = !p.otherwise.empty() || !p.acr_low.empty() || !p.acr_substantial.empty() ||
                         !p.acr_high.empty() || !p.amr_low.empty() || !p.amr_substantial.empty() || !p.amr_high.empty();
        rules.need(any, at + "/acr_low", "must map acr or amr to a level, or otherwise must be low",
                   "name the acr values that the provider documents");
    }
}

void check_identification(Config const& config, Rules& rules) {
    check_providers(config, rules);
    rules.need(config.identification.passkey_days >= 1 && config.identification.passkey_days <= 3660,
               "/identification/passkey_days", "must be 1 to 3660", "365 suits most");
    auto const& codes = config.identification;
    rules.need(codes.codes_per_session >= 1 && codes.codes_per_session <= codes.codes_per_network,
               "/identification/codes_per_session", "must be 1 to codes_per_network", "5 suits most");
    rules.need(codes.codes_per_network >= 1 && codes.codes_per_network <= codes.codes_per_delivery,
               "/identification/codes_per_network", "must be 1 to codes_per_delivery", "8 suits most");
    rules.need(codes.codes_per_delivery >= 1 && codes.codes_per_delivery <= 1000, "/identification/codes_per_delivery",
               "must be 1 to 1000", "20 suits most");
    rules.need(codes.codes_noticed >= 1 && codes.codes_noticed <= codes.codes_per_delivery,
               "/identification/codes_noticed", "must be 1 to codes_per_delivery", "6 suits most");
    auto const& tls = config.tls;
    bool const asks = !tls.certificate_listen.empty();
    rules.need(!asks || parse_host_port(tls.certificate_listen).has_value(), "/tls/certificate_listen",
               "must be address:port", "write for example \"0.0.0.0:8443\"");
    rules.need(!asks || (readable(tls.certificate) && readable(tls.key)), "/tls/certificate",
               "and tls.key must be readable PEM files for certificate_listen", "name both files");
    rules.need(!asks || (tls.certificate_url.starts_with("https://") && !tls.certificate_url.ends_with('/') &&
                         host_in(tls.certificate_url) == host_in(config.public_url)),
               "/tls/certificate_url", "must be https, with the host of public_url: the browser's session goes with it",
               "write for example \"https://post.example.org:8443\"");
    rules.need(config.certificate_authority.empty() || asks, "/tls/certificate_listen",
               "is needed with [[certificate_authority]]", "name an address and port for it");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < config.certificate_authority.size(); ++i) {
        auto const& a = config.certificate_authority[i];
        auto const at = "/certificate_authority/" + std::to_string(i);
        rules.need(is_short_name(a.id) && seen.insert(a.id).second, at + "/id",
                   "must be a name of its own of a-z, 0-9 and -", "write for example \"card\"");
        rules.need(!a.name.empty(), at + "/name", "must say what people read", "write the authority's name");
        rules.need(readable(a.file), at + "/file", "must be a readable PEM file", "name the authority's certificates");
        rules.need(a.revocation_file.empty() || readable(a.revocation_file), at + "/revocation_file",
                   "must be a readable PEM file", "name the revocation lists, or leave it out");
        rules.need(one_of(a.level, {"low", "substantial", "high"}), at + "/level", "must be low, substantial or high",
                   "choose one");
    }
}

}  // namespace

Expected<HostPort> parse_host_port(std::string const& text) {
    auto const wrong = [&] {
        return fail(ErrorKind::invalid, "bad_address",
                    "\"" + text + "\" is not host:port, like 127.0.0.1:8080 or [::1]:8080.");
    };
    auto const colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return wrong();
    HostPort out;
    out.host = text.substr(0, colon);
    if (out.host.starts_with('[')) {
        if (!out.host.ends_with(']')) return wrong();
        out.host = out.host.substr(1, out.host.size() - 2);
    }
    auto const* end = text.data() + text.size();
    auto const parsed = std::from_chars(text.data() + colon + 1, end, out.port);
    if (parsed.ec != std::errc() || parsed.ptr != end) return wrong();
    return out;
}

Expected<Config> read_config(std::filesystem::path const& file) {
    try {
        auto const table = toml::parse_file(file.string());
        auto config = json::decode_value<Config>(to_json(table), json::Findings(json::Findings::Absent::keep));
        if (!config) return fail(config.error());
        if (auto const good = check(*config); !good) return fail(good.error());
        return config;
    } catch (toml::parse_error const& error) {
        return fail(ErrorKind::invalid, "toml_syntax",
                    file.string() + ", line " + std::to_string(error.source().begin.line) + ": " +
                        std::string(error.description()));
    }
}

namespace {
void add_lines(toml::table const& table, std::string const& prefix, std::map<std::string, int>& lines) {
    for (auto const& [key, value] : table) {
        auto const name = prefix + std::string(key.str());
        lines[name] = static_cast<int>(key.source().begin.line);
        if (auto const* inner = value.as_table()) add_lines(*inner, name + ".", lines);
    }
}
}  // namespace

std::map<std::string, int> lines_of(std::filesystem::path const& file) {
    std::map<std::string, int> lines;
    try {
        auto const table = toml::parse_file(file.string());
        add_lines(table, "", lines);
    } catch (toml::parse_error const&) {
        // The error itself names its line.
    }
    return lines;
}

Expected<void> check(Config const& config) {
    Rules rules;
    rules.need(parse_host_port(config.listen).has_value(), "/listen", "must be address:port",
               "write for example \"127.0.0.1:8080\"");
    rules.need(config.public_url.starts_with("http://") || config.public_url.starts_with("https://"), "/public_url",
               "must be the http:// or https:// address under which people reach Rapport",
               "write for example \"https://post.example.org\"");
    rules.need(!config.public_url.ends_with('/'), "/public_url", "must not end with a slash", "remove it");
    Locale language{};
    rules.need(from_text(config.organisation.language, language), "/organisation/language",
               "must be one of en, it, th, ja, ko, fa", "choose one of these");
    rules.need(templates::is_time_zone(config.organisation.time_zone), "/organisation/time_zone",
               "must be a time zone of the IANA database", "write for example \"Europe/Rome\"");
    rules.need(config.threads >= 1 && config.threads <= 64, "/threads", "must be 1 to 64",
               "leave it at 2 on a small machine");
    rules.need(!config.data.empty(), "/data", "must name a folder", "write for example \"/var/lib/rapport\"");
    auto const& tls = config.tls;
    rules.need(tls.listen.empty() || parse_host_port(tls.listen).has_value(), "/tls/listen", "must be address:port",
               "write for example \"0.0.0.0:443\"");
    rules.need(tls.listen.empty() || readable(tls.certificate), "/tls/certificate", "must be a readable PEM file",
               "name the certificate's file");
    rules.need(tls.listen.empty() || readable(tls.key), "/tls/key", "must be a readable PEM file",
               "name the private key's file");
    auto const& mail = config.mail;
    EmailAddress from;
    rules.need(from_text(mail.from, from), "/mail/from", "must be an e-mail address",
               "write for example \"post@example.org\"");
    rules.need(mail.smart_host.empty() || parse_host_port(mail.smart_host).has_value(), "/mail/smart_host",
               "must be host:port", "write for example \"mail.example.org:587\"");
    rules.need(one_of(mail.tls, {"off", "opportunistic", "required"}), "/mail/tls",
               "must be off, opportunistic or required", "choose one");
    rules.need(mail.user.empty() || readable(mail.password_file), "/mail/password_file",
               "must be a readable file when a user is given",
               "write the password into a file that only Rapport can read, and name it here");
    rules.need(mail.connections >= 1 && mail.connections <= 100, "/mail/connections", "must be 1 to 100",
               "8 suits most servers");
    rules.need(
        std::ranges::all_of(mail.fallback_hosts, [](auto const& host) { return parse_host_port(host).has_value(); }),
        "/mail/fallback_hosts", "must be host:port each", "write for example [\"mail2.example.org:587\"]");
    auto const one_each = [&](std::vector<std::string> const& list) {
        return list.empty() || list.size() == mail.fallback_hosts.size();
    };
    rules.need(one_each(mail.fallback_users) && one_each(mail.fallback_password_files), "/mail/fallback_users",
               "must have one entry for each fallback host", "write \"\" for one without an account");
    for (std::size_t i = 0; i < mail.fallback_users.size(); ++i)
        rules.need(mail.fallback_users[i].empty() ||
                       (i < mail.fallback_password_files.size() && readable(mail.fallback_password_files[i])),
                   "/mail/fallback_password_files/" + std::to_string(i), "must be a readable file when a user is given",
                   "name the file that holds the password");
    rules.need(mail.dkim_keep_days >= 1 && mail.dkim_keep_days <= 365, "/mail/dkim_keep_days", "must be 1 to 365",
               "7 suits most");
    rules.need(mail.dkim_rotate_days >= 0 && mail.dkim_rotate_days <= 3650, "/mail/dkim_rotate_days",
               "must be 0 to 3650", "180 suits most, 0 is by hand");
    rules.need(mail.dns_trust_anchor.empty() || readable(mail.dns_trust_anchor), "/mail/dns_trust_anchor",
               "must be a readable file", "install dns-root-data and name /usr/share/dns/root.key");
    rules.need(mail.mta_sts_ca_file.empty() || readable(mail.mta_sts_ca_file), "/mail/mta_sts_ca_file",
               "must be a readable PEM file", "leave it empty");
    auto const is_port = [](int port) { return port >= 1 && port <= 65535; };
    rules.need(is_port(mail.mta_sts_port) && is_port(mail.mx_port), "/mail/mx_port", "must be 1 to 65535",
               "leave it at 25");
    auto const& inbound = config.inbound;
    for (auto const& [pointer, text] : {std::pair("/inbound/smtp_listen", inbound.smtp_listen),
                                        std::pair("/inbound/lmtp_listen", inbound.lmtp_listen)})
        rules.need(text.empty() || parse_host_port(text).has_value(), pointer, "must be address:port",
                   "write for example \"127.0.0.1:10025\"");
    EmailAddress probe;
    rules.need(inbound.bounce_domain.empty() || from_text("x@" + inbound.bounce_domain, probe),
               "/inbound/bounce_domain", "must be a domain name", "write for example \"bounces.example.org\"");
    rules.need(inbound.max_mail_mb >= 1 && inbound.max_mail_mb <= 100, "/inbound/max_mail_mb", "must be 1 to 100",
               "25 suits most");
    rules.need(inbound.connections >= 1 && inbound.connections <= 1000, "/inbound/connections", "must be 1 to 1000",
               "200 suits most");
    rules.need(inbound.keep_days >= 0, "/inbound/keep_days", "must not be negative", "0 keeps them for ever");
    auto const& clamd = config.antivirus.address;
    rules.need(clamd.empty() || channels::antivirus::is_clamd_address(clamd), "/antivirus/address",
               "must be a path or address:port", "write for example \"/run/clamav/clamd.ctl\"");
    auto const& preferences = config.preferences;
    rules.need(preferences.link_days >= 30, "/preferences/link_days", "must be at least 30",
               "people unsubscribe from old letters, too");
    rules.need(preferences.confirm_days >= 1 && preferences.confirm_days <= 90, "/preferences/confirm_days",
               "must be 1 to 90", "7 suits most");
    rules.need(preferences.keep_remote == "none" || preferences.keep_remote == "truncated" ||
                   preferences.keep_remote == "full",
               "/preferences/keep_remote", "must be none, truncated or full", "choose one of them");
    auto const& suppression = config.suppression;
    rules.need(suppression.hard_days >= 1 && suppression.soft_days >= 1 && suppression.complaint_days >= 0 &&
                   suppression.soft_bounces >= 1 && suppression.soft_window_days >= 1,
               "/suppression", "must hold positive numbers", "leave out what you do not want to change");
    auto const& evidence = config.evidence;
    rules.need(evidence.tsa_url.empty() || readable(evidence.tsa_roots), "/evidence/tsa_roots",
               "must be a readable PEM file when a TSA is given",
               "save the TSA's root certificates and name the file here");
    auto const& delivery = config.delivery;
    rules.need(delivery.max_file_mb >= 1 && delivery.max_file_mb <= delivery.max_delivery_mb, "/delivery/max_file_mb",
               "must be 1 to max_delivery_mb", "lower it");
    rules.need(delivery.max_delivery_mb <= 500, "/delivery/max_delivery_mb", "must be at most 500", "lower it");
    rules.need(
        delivery.default_acceptance_days >= 1 && delivery.default_acceptance_days <= delivery.max_acceptance_days,
        "/delivery/default_acceptance_days", "must be 1 to max_acceptance_days", "correct it");
    rules.need(config.webhooks.timeout_s >= 1 && config.webhooks.timeout_s <= 60, "/webhooks/timeout_s",
               "must be 1 to 60", "15 suits most receivers");
    check_identification(config, rules);
    rules.need(one_of(config.log.level, {"debug", "info", "warning", "error"}), "/log/level",
               "must be debug, info, warning or error", "choose one");
    rules.need(one_of(config.log.format, {"json", "text"}), "/log/format", "must be json or text", "choose one");
    auto const& metrics = config.metrics;
    rules.need(metrics.listen.empty() || parse_host_port(metrics.listen).has_value(), "/metrics/listen",
               "must be address:port", "write for example \"127.0.0.1:9464\"");
    rules.need(metrics.token_file.empty() || readable(metrics.token_file), "/metrics/token_file",
               "must be a readable file", "write a long random word into a file that only Rapport can read");
    auto const& backup = config.backup;
    rules.need(backup.recipient.empty() || readable(backup.recipient), "/backup/recipient",
               "must be a readable PEM file", "openssl pkey -in backup.key -pubout prints the public key");
    rules.need(backup.passphrase_file.empty() || readable(backup.passphrase_file), "/backup/passphrase_file",
               "must be a readable file", "write the passphrase into a file that only Rapport can read");
    rules.need(backup.keep >= 1 && backup.keep_days >= 0, "/backup/keep", "must be at least 1", "correct it");
    auto const& retention = config.retention;
    for (auto const& [days, pointer] : {std::pair(retention.content_days, "/retention/content_days"),
                                        std::pair(retention.letters_days, "/retention/letters_days"),
                                        std::pair(retention.audit_days, "/retention/audit_days")})
        rules.need(days >= 0 && days <= 36'500, pointer, "must be 0 to 36500 days", "0 keeps for ever");
    return rules.result();
}

std::string to_toml(Config const& config) {
    std::string out;
    write_members(out, config, "", false);
    return out;
}

std::string reference() {
    std::string out;
    write_members(out, Config(), "", true);
    return out;
}

std::string database_of(Config const& config) {
    return config.database.empty() ? (std::filesystem::path(config.data) / "rapport.db").string() : config.database;
}

std::string explain(Error const& error) {
    std::string out = error.text;
    for (auto const& field : error.fields) {
        std::string name = field.pointer.empty() ? "" : field.pointer.substr(1);
        std::ranges::replace(name, '/', '.');
        out += "\n  " + name + ": " + field.rule + " - " + field.fix;
    }
    return out;
}

}  // namespace rapport::app
