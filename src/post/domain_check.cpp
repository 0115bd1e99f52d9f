// Compares what the DNS says about our domain with what it should say.
#include "post/domain_check.hpp"

#include <libpsl.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "channels/email/mta_sts.hpp"

namespace rapport::post {

namespace email = channels::email;

namespace {

using Lines = std::vector<DomainLine>;

std::vector<std::string> starting_with(std::vector<std::string> const& records, std::string_view what) {
    std::vector<std::string> found;
    for (auto const& record : records)
        if (record.starts_with(what)) found.push_back(record);
    return found;
}

struct Said {
    std::string code, text;
    std::optional<std::string> about = {};
};
void say(DomainLine& line, Said said) {
    line.code = std::move(said.code);
    line.text = std::move(said.text);
    line.about = std::move(said.about);
}

DomainLine line_of(std::string check, std::string name, std::string type, email::Answer const& answer) {
    DomainLine line{std::move(check), CheckState::unknown, std::move(name), std::move(type)};
    line.is = answer.records;
    if (answer.failed) say(line, {"dns_failed", "The DNS could not be asked: " + answer.why + '.', answer.why});
    return line;
}

// Those that send for us: the addresses that we were told of, or the smart hosts'.
Task<std::vector<asio::ip::address>> senders(email::Resolver& resolver, DomainToCheck const& what) {
    std::vector<asio::ip::address> all;
    for (auto const& text : what.addresses) {
        boost::system::error_code error;
        auto const address = asio::ip::make_address(text, error);
        if (!error) all.push_back(address);
    }
    if (!all.empty()) co_return all;
    for (auto const& host : what.smart_hosts) {
        auto const found = co_await resolver.addresses(host);
        all.insert(all.end(), found.all.begin(), found.all.end());
    }
    co_return all;
}

std::string spf_record(DomainToCheck const& what, std::vector<asio::ip::address> const& addresses) {
    std::string record = "v=spf1";
    if (what.addresses.empty())
        for (auto const& host : what.smart_hosts) record += " a:" + host;
    else
        for (auto const& address : addresses) record += (address.is_v4() ? " ip4:" : " ip6:") + address.to_string();
    if (what.addresses.empty() && what.smart_hosts.empty()) record += " a:" + what.mail_host;
    return record + " -all";
}

// Of the envelope's domain: that is what receivers look at (RFC 7208 §2.4).
Task<DomainLine> check_spf(email::Resolver& resolver, DomainToCheck const& what) {
    std::string const domain = what.bounce_domain.empty() ? what.domain : what.bounce_domain;
    auto const answer = co_await resolver.texts(domain);
    auto line = line_of("spf", domain, "TXT", answer);
    auto const records = starting_with(answer.records, "v=spf1");
    line.is = records;
    auto const addresses = co_await senders(resolver, what);
    line.should_be = spf_record(what, addresses);
    if (answer.failed) co_return line;
    if (records.size() != 1) {
        line.state = CheckState::wrong;
        say(line, records.empty()
                      ? Said{"spf_none", "There is no SPF record: receivers cannot know that we may send."}
                      : Said{"spf_many", "There is more than one SPF record, which counts as none (RFC 7208 §4.5)."});
        co_return line;
    }
    line.state = addresses.empty() ? CheckState::unknown : CheckState::good;
    say(line,
        addresses.empty()
            ? Said{"spf_unchecked",
                   "There is a record; name the addresses that mail leaves from (mail.addresses) to have it checked."}
            : Said{"spf_good", "It lets all our addresses send."});
    for (auto const& address : addresses) {
        auto const allowed = co_await spf_allows(resolver, domain, address);
        if (allowed == SpfResult::pass) continue;
        line.state = allowed == SpfResult::no ? CheckState::wrong : CheckState::unknown;
        auto const who = address.to_string();
        say(line, allowed == SpfResult::no
                      ? Said{"spf_refuses", "It does not let " + who + " send.", who}
                      : Said{"spf_unknown", "Whether it lets " + who + " send could not be found out.", who});
    }
    if (line.state == CheckState::good) line.should_be.reset();
    co_return line;
}

Task<Lines> check_dkim(email::Resolver& resolver, DomainToCheck const& what) {
    Lines lines;
    bool any = false;
    for (auto const& key : what.keys) {
        if (key.state == SigningState::retired) continue;
        any = true;
        auto const answer = co_await resolver.texts(key.record_name());
        auto line = line_of("dkim", key.record_name(), "TXT", answer);
        bool const there = std::ranges::any_of(answer.records, [&](std::string const& text) {
            return email::same_dkim_record(text, key.algorithm, key.public_key);
        });
        std::string const state(json::enum_name(key.state));
        if (there) {
            line.state = CheckState::good;
            say(line, {"dkim_good", "The key (" + state + ") is published as it should be.", state});
        } else if (!answer.failed) {
            line.state = key.state == SigningState::made ? CheckState::advice : CheckState::wrong;
            say(line, answer.records.empty()
                          ? Said{"dkim_none", "The key (" + state + ") is not published.", state}
                          : Said{"dkim_other", "What is published is not our key (" + state + ").", state});
        }
        if (!there) line.should_be = key.record();
        lines.push_back(std::move(line));
    }
    if (!any)
        lines.push_back({"dkim",
                         CheckState::wrong,
                         what.domain,
                         "TXT",
                         {},
                         {},
                         "There is no key: mails are not signed.",
                         "dkim_no_key"});
    co_return lines;
}

std::map<std::string, std::string> tags_of(std::string_view record) {
    std::map<std::string, std::string> tags;
    while (!record.empty()) {
        auto const end = std::min(record.find(';'), record.size());
        auto const tag = record.substr(0, end);
        if (auto const equals = tag.find('='); equals != std::string_view::npos)
            tags[std::string(trimmed(tag.substr(0, equals)))] = std::string(trimmed(tag.substr(equals + 1)));
        record.remove_prefix(std::min(record.size(), end + 1));
    }
    return tags;
}

Task<DomainLine> check_dmarc(email::Resolver& resolver, DomainToCheck const& what) {
    std::string name = "_dmarc." + what.domain;
    auto answer = co_await resolver.texts(name);
    auto const above = organisational_domain(what.domain);
    if (!answer.failed && starting_with(answer.records, "v=DMARC1").empty() && above != what.domain) {
        name = "_dmarc." + above;  // RFC 7489 §6.6.3
        answer = co_await resolver.texts(name);
    }
    auto line = line_of("dmarc", name, "TXT", answer);
    auto const records = starting_with(answer.records, "v=DMARC1");
    line.is = records;
    if (answer.failed) co_return line;
    std::string const wanted = "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@" + what.domain;
    if (records.size() != 1) {
        line.state = CheckState::wrong;
        line.should_be = wanted;
        say(line, {"dmarc_none", "There is no DMARC record: large providers demand one of whoever sends much."});
        co_return line;
    }
    auto const tags = tags_of(records.front());
    auto const of = [&](char const* tag, char const* otherwise) {
        auto const found = tags.find(tag);
        return found == tags.end() ? std::string(otherwise) : found->second;
    };
    line.state = CheckState::good;
    say(line,
        {"dmarc_good", "It is there; our signatures (d=" + what.domain + ") are aligned with From.", what.domain});
    if (of("p", "") == "none" || !tags.contains("rua")) {
        line.state = CheckState::advice;
        line.should_be = wanted;
        say(line, {"dmarc_weak", "It is there, but asks receivers for nothing (p=none) or for no reports (rua)."});
    }
    if (of("aspf", "r") == "s" && !what.bounce_domain.empty() && what.bounce_domain != what.domain) {
        line.state = CheckState::advice;
        line.should_be = wanted;
        say(line,
            {"dmarc_strict",
             "aspf=s wants the envelope sender in the very domain of From; bounces come to " + what.bounce_domain + '.',
             what.bounce_domain});
    }
    co_return line;
}

Task<Lines> check_bounces(email::Resolver& resolver, DomainToCheck const& what) {
    Lines lines;
    if (what.bounce_domain.empty()) co_return lines;
    bool const aligned = organisational_domain(what.bounce_domain) == organisational_domain(what.domain);
    lines.push_back({"bounce_alignment",
                     aligned ? CheckState::good : CheckState::wrong,
                     what.bounce_domain,
                     "",
                     {},
                     {},
                     aligned ? "Envelope sender and From belong to one organisation: SPF counts for DMARC."
                             : "The bounce domain is of another organisation than From: SPF does not count for DMARC "
                               "(RFC 7489 §3.1.2). Use a subdomain of it.",
                     aligned ? "bounce_aligned" : "bounce_foreign"});
    auto const answer = co_await resolver.hosts(what.bounce_domain);
    auto line = line_of("bounce_mx", what.bounce_domain, "MX", answer);
    if (!answer.failed) {
        bool const ours = std::ranges::find(answer.records, ascii_lower(what.mail_host)) != answer.records.end();
        line.state = ours ? CheckState::good : answer.records.empty() ? CheckState::wrong : CheckState::advice;
        say(line, ours ? Said{"mx_good", "Bounces come to this machine."}
                  : answer.records.empty()
                      ? Said{"mx_none", "There is no MX: bounces are lost."}
                      : Said{"mx_other", "Bounces go to another machine; it must hand them to our listener."});
        if (!ours) line.should_be = "10 " + what.mail_host + '.';
    }
    lines.push_back(std::move(line));
    co_return lines;
}

// For mail that comes to our domain; receivers of ours do not need them.
Task<Lines> check_transport(email::Resolver& resolver, DomainToCheck const& what) {
    Lines lines;
    auto const sts = co_await resolver.texts("_mta-sts." + what.domain);
    auto line = line_of("mta_sts", "_mta-sts." + what.domain, "TXT", sts);
    bool const there = email::sts_id(sts.records).has_value();
    if (!sts.failed) {
        line.state = there ? CheckState::good : CheckState::advice;
        auto const policy = "https://mta-sts." + what.domain + "/.well-known/mta-sts.txt";
        say(line, there ? Said{"sts_good", "Senders are told to encrypt mail to us."}
                        : Said{"sts_none",
                               "Senders are not told to encrypt mail to us. A policy at " + policy +
                                   " belongs to this record.",
                               policy});
        if (!there) line.should_be = "v=STSv1; id=" + to_text(system_now()).substr(0, 4) + "1";
    }
    lines.push_back(std::move(line));
    auto const reports = co_await resolver.texts("_smtp._tls." + what.domain);
    auto report = line_of("tls_rpt", "_smtp._tls." + what.domain, "TXT", reports);
    if (!reports.failed) {
        bool const good = !starting_with(reports.records, "v=TLSRPTv1").empty();
        report.state = good ? CheckState::good : CheckState::advice;
        say(report, good ? Said{"tls_rpt_good", "Others report how TLS to us goes."}
                         : Said{"tls_rpt_none", "Nobody reports when TLS to us fails."});
        if (!good) report.should_be = "v=TLSRPTv1; rua=mailto:tls-reports@" + what.domain;
    }
    lines.push_back(std::move(report));
    co_return lines;
}

// Forward-confirmed reverse DNS: large receivers refuse who has none.
Task<Lines> check_names(email::Resolver& resolver, DomainToCheck const& what) {
    Lines lines;
    for (auto const& text : what.addresses) {
        boost::system::error_code error;
        auto const address = asio::ip::make_address(text, error);
        if (error) continue;
        auto const answer = co_await resolver.names_of(address);
        auto line = line_of("ptr", email::reverse_name(address), "PTR", answer);
        if (!answer.failed) {
            bool confirmed = false;
            for (std::size_t i = 0; i < answer.records.size() && i < 5; ++i) {
                auto const back = co_await resolver.addresses(answer.records[i]);
                confirmed = confirmed || std::ranges::find(back.all, address) != back.all.end();
            }
            line.state = confirmed ? CheckState::good : CheckState::wrong;
            auto const who = address.to_string();
            say(line, confirmed ? Said{"ptr_good", who + " has a name, and the name has the address.", who}
                      : answer.records.empty()
                          ? Said{"ptr_none", who + " has no name.", who}
                          : Said{"ptr_other", "The name of " + who + " does not lead back to it.", who});
            if (!confirmed) line.should_be = what.mail_host + '.';
        }
        lines.push_back(std::move(line));
    }
    co_return lines;
}

}  // namespace

std::string organisational_domain(std::string_view domain) {
    static psl_ctx_t const* const list = psl_latest(nullptr);
    std::string const name = ascii_lower(domain);
    if (!list) return name;
    char const* registered = psl_registrable_domain(list, name.c_str());
    return registered ? registered : name;
}

Task<Lines> check_domain(email::Resolver& resolver, DomainToCheck what) {
    Lines lines;
    auto const append = [&lines](Lines more) {
        for (auto& line : more) lines.push_back(std::move(line));
    };
    lines.push_back(co_await check_spf(resolver, what));
    append(co_await check_dkim(resolver, what));
    lines.push_back(co_await check_dmarc(resolver, what));
    append(co_await check_bounces(resolver, what));
    append(co_await check_names(resolver, what));
    append(co_await check_transport(resolver, what));
    co_return lines;
}

}  // namespace rapport::post
