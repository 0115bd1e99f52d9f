// Keeps rules of sites and warm-up plans.
#include "post/rules.hpp"

#include <algorithm>
#include <charconv>

#include "post/sql.hpp"

namespace rapport::post {
namespace {

struct WarmUpRow {
    std::string source, domain;
    Time started_on{};
    std::string caps;
};
BOOST_DESCRIBE_STRUCT(WarmUpRow, (), (source, domain, started_on, caps))

std::vector<std::int64_t> caps_from(std::string_view text) {
    std::vector<std::int64_t> caps;
    while (!text.empty()) {
        auto const comma = std::min(text.find(','), text.size());
        std::int64_t cap = 0;
        std::from_chars(text.data(), text.data() + comma, cap);
        caps.push_back(cap);
        text.remove_prefix(std::min(text.size(), comma + 1));
    }
    return caps;
}

bool is_name(std::string_view text) {  // of hosts, sites, patterns
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' ||
               c == '*' || c == ',';
    });
}

std::unexpected<Error> wrong(std::string code, std::string pointer, std::string rule, std::string fix) {
    return fail(ErrorKind::invalid, std::move(code), "The rule cannot be used.",
                {{std::move(pointer), std::move(rule), std::move(fix)}});
}

}  // namespace

std::vector<SiteRule> site_rules(store::Reader& reader) { return reader.all<SiteRule>(sql::site_rules); }

Expected<> set_site_rule(store::Tx& tx, SiteRule const& rule) {
    if (!is_name(rule.match))
        return wrong("bad_site_rule", "/match", "must be \"*\", a mail host, \"*.its.domain\", a domain or host:port",
                     "write it in lower case");
    auto const good = [](std::int64_t value, std::int64_t most) { return value >= 0 && value <= most; };
    if (!good(rule.connections, 1000))
        return wrong("bad_site_rule", "/connections", "must be 0 to 1000", "0: the default");
    if (!good(rule.mails_per_connection, 100'000))
        return wrong("bad_site_rule", "/mails_per_connection", "must be 0 to 100000", "0: the default");
    if (!good(rule.rate_per_minute, 10'000'000))
        return wrong("bad_site_rule", "/rate_per_minute", "must be 0 to 10000000", "0: no limit");
    tx.exec(sql::set_site_rule, rule.match, rule.connections, rule.mails_per_connection, rule.rate_per_minute,
            std::int64_t{rule.one_site});
    return {};
}

Expected<> drop_site_rule(store::Tx& tx, std::string_view match) {
    if (tx.changed(sql::drop_site_rule, match) == 1) return {};
    return fail(ErrorKind::not_found, "not_found", "There is no such rule.");
}

std::vector<WarmUp> warm_ups(store::Reader& reader) {
    std::vector<WarmUp> plans;
    for (auto const& row : reader.all<WarmUpRow>(sql::warm_ups))
        plans.push_back({row.source, row.domain, row.started_on, caps_from(row.caps)});
    return plans;
}

Expected<> set_warm_up(store::Tx& tx, WarmUp const& plan) {
    if (!is_name(plan.source))
        return wrong("bad_warm_up", "/source", "must be mx or host:port", "see /v1/settings/mail/sources");
    if (plan.caps.empty() || plan.caps.size() > 366 || std::ranges::any_of(plan.caps, [](auto cap) { return cap < 0; }))
        return wrong("bad_warm_up", "/caps", "must be 1 to 366 numbers of letters", "for example [50, 100, 500, 1000]");
    std::string caps;
    for (auto const cap : plan.caps) caps += (caps.empty() ? "" : ",") + std::to_string(cap);
    tx.exec(sql::set_warm_up, plan.source, plan.domain, plan.started_on, caps);
    return {};
}

Expected<> drop_warm_up(store::Tx& tx, std::string_view source, std::string_view domain) {
    if (tx.changed(sql::drop_warm_up, source, domain) == 1) return {};
    return fail(ErrorKind::not_found, "not_found", "There is no such plan.");
}

}  // namespace rapport::post
