// What follows from a bounce, a complaint, a mail that unsubscribes.
#include "post/bounce.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "channels/email/dsn.hpp"
#include "post/sql.hpp"

namespace rapport::post {
namespace {

namespace email = channels::email;

constexpr std::string_view mailboxes[] = {"fbl", "abuse", "postmaster"};

struct Delay {
    std::string reply, enhanced_status;
};
BOOST_DESCRIBE_STRUCT(Delay, (), (reply, enhanced_status))

// A bounce as it is written.
struct Fact {
    OutboxId letter;
    std::optional<InboundId> message;
    std::string address;
    BounceClass what{};
    std::string status, diagnostic, reporter;
    bool told = false;
    Time at{};
};

std::optional<Time> until(Time now, Duration life) {
    return life == Duration::zero() ? std::nullopt : std::optional(now + life);
}

void add(store::Tx& tx, Fact const& fact) {
    tx.exec(sql::add_bounce, tx.new_id<BounceId>(), fact.letter, fact.message, fact.address, fact.what, fact.status,
            fact.diagnostic, fact.reporter, fact.told, fact.at);
}

std::string detail_of(Fact const& fact) {
    auto out = fact.status;
    if (!fact.diagnostic.empty() && !fact.diagnostic.starts_with(fact.status)) out += ' ' + fact.diagnostic;
    return email::shown(fact.diagnostic.starts_with(fact.status) ? fact.diagnostic : out, 200);
}

// The rules of suppression, in one place.
void follow(store::Tx& tx, Fact const& fact, SuppressionPolicy const& policy) {
    NewSuppression wanted{fact.address, SuppressionReason::hard, detail_of(fact), fact.letter};
    if (fact.what == BounceClass::hard) {
        wanted.expires_at = until(fact.at, policy.hard);
    } else if (fact.what == BounceClass::complaint) {
        wanted.reason = SuppressionReason::complaint;
        wanted.expires_at = until(fact.at, policy.complaint);
    } else if (fact.what == BounceClass::soft) {
        auto const n = tx.one<std::int64_t>(sql::count_soft_bounces, fact.address, fact.at - policy.soft_window);
        if (n.value_or(0) < policy.soft_bounces) return;
        wanted.reason = SuppressionReason::soft;
        wanted.expires_at = until(fact.at, policy.soft);
    } else {
        return;  // a block says nothing about the recipient
    }
    suppress(tx, wanted, {}, fact.at);
}

std::string kind_of(BounceClass what, bool proven) {
    switch (what) {
        case BounceClass::hard:
        case BounceClass::soft:
        case BounceClass::block:
            return proven ? "bounce" : "forged";
        case BounceClass::complaint:
            return proven ? "complaint" : "forged";
        case BounceClass::challenge:
            return "challenge";
        case BounceClass::auto_reply:
            return "auto_reply";
        case BounceClass::delayed:
            return "delay";
        case BounceClass::delivered:
            return "delivered";
        case BounceClass::unknown:
            break;
    }
    return "other";
}

std::string summary_of(Report const& report, bool proven) {
    std::string out = std::string(json::enum_name(report.what)) + " (" + report.form + ")";
    if (!report.status.empty()) out += ' ' + report.status;
    if (!report.diagnostic.empty()) out += ": " + report.diagnostic;
    if (!proven) out += " - nothing of ours in it says which letter it is about: no effect";
    return out;
}

}  // namespace

Bounces::Bounces(ReturnPaths paths, SuppressionPolicy policy) : paths_(std::move(paths)), policy_(policy) {}

void Bounces::on_bounce(std::string purpose, PrepareBounce prepare) {
    require(owners_.emplace(std::move(purpose), std::move(prepare)).second, "one handler for each purpose");
}

void Bounces::listen_to(Inbound& inbound) {
    auto const to_mailbox = [this](std::string_view address) {
        auto const at = address.rfind('@');
        auto const local = ascii_lower(address.substr(0, at));
        bool const is_one = std::ranges::find(mailboxes, local) != std::end(mailboxes);
        // RFC 5321 §4.5.1: postmaster also without a domain.
        if (at == std::string_view::npos) return local == "postmaster";
        return is_one && ascii_lower(address.substr(at + 1)) == paths_.domain();
    };
    inbound.on_recipient([this, to_mailbox](std::string_view to) { return paths_.bounced(to) || to_mailbox(to); },
                         [this](store::Reader& reader, Arrived const& arrived) { return bounced(reader, arrived); });
    inbound.on_recipient(
        [this](std::string_view to) { return paths_.unsubscribed(to).has_value(); },
        [this](store::Reader& reader, Arrived const& arrived) { return unsubscribed(reader, arrived); });
}

// The signed address first; else a signed text in what came back. Whatever else the mail claims counts for nothing.
std::optional<OutboxId> Bounces::letter_of(Arrived const& arrived, Report const& report) const {
    if (auto const letter = paths_.bounced(arrived.recipient)) return letter;
    if (auto const letter = paths_.found_in(report.hints)) return letter;
    // Only reports are searched: whoever answers a letter quotes its Message-ID, too.
    bool const is_report = report.form == "text" || report.form == "dsn" || report.form == "arf";
    return is_report ? paths_.found_in(arrived.raw) : std::nullopt;
}

Finish Bounces::told(store::Reader& reader, Bounced const& bounced) const {
    auto const owner = owners_.find(bounced.purpose);
    return owner == owners_.end() ? Finish() : owner->second(reader, bounced);
}

Understood Bounces::bounced(store::Reader& reader, Arrived const& arrived) const {
    if (!arrived.mail) {
        auto const letter = paths_.bounced(arrived.recipient);
        return {"unread", arrived.trouble, letter};
    }
    auto const report = read_report(*arrived.mail, arrived.sender);
    auto const letter = letter_of(arrived, report);
    auto const item = letter ? find_letter(reader, *letter) : std::nullopt;
    Understood out{kind_of(report.what, item.has_value()), summary_of(report, item.has_value()), letter};
    if (report.what == BounceClass::unknown && report.failed) out.kind = item ? "bounce" : "forged";
    bool const has_effect = item && report.what != BounceClass::delivered && report.form != "mail" &&
                            !(report.form == "arf" && report.what == BounceClass::unknown);
    if (!has_effect) {
        if (out.kind == "forged")
            out.finish = [id = arrived.id, at = arrived.received_at, what = report.what](store::Tx& tx) {
                tx.publish({.at = at,
                            .kind = "bounce.received",
                            .subject = to_text(id),
                            .data = {{"class", json::enum_name(what)}, {"proven", false}}});
            };
        return out;
    }

    // A bounce can be faster than the record of its letter's acceptance: that comes first.
    out.later = item->state == State::attempting;

    // Counted at the time it came: a backlog that is handled late expires no later.
    Fact fact{item->id,        arrived.id,    normalised(item->to.value), report.what, report.status, report.diagnostic,
              report.reporter, report.failed, arrived.received_at};
    Finish owner;
    if (report.failed)
        owner = told(reader, {item->id, item->owner, item->purpose, report.what, report.status, report.diagnostic,
                              report.reporter, arrived.digest, arrived.received_at});
    out.finish = [fact, owner = std::move(owner), policy = policy_, who = item->owner,
                  purpose = item->purpose](store::Tx& tx) {
        bool const first = tx.one<std::int64_t>(sql::letter_was_told, fact.letter).value_or(0) == 0;
        add(tx, fact);
        follow(tx, fact, policy);
        tx.publish({.at = fact.at,
                    .kind = "bounce.received",
                    .subject = to_text(fact.letter),
                    .data = {{"class", json::enum_name(fact.what)},
                             {"status", fact.status},
                             {"owner", who},
                             {"purpose", purpose},
                             {"proven", true}}});
        if (owner && first) owner(tx);
    };
    return out;
}

// RFC 2369 §3.2: a mail to the address is the wish; what it says is not asked.
Understood Bounces::unsubscribed(store::Reader& reader, Arrived const& arrived) const {
    auto const letter = paths_.unsubscribed(arrived.recipient);
    auto const item = letter ? find_letter(reader, *letter) : std::nullopt;
    if (!item) return {"other", "it unsubscribes from a letter that is not here any more"};
    // A program that answers an absence note, or bounces, wishes nothing.
    if (arrived.mail && arrived.sender.empty())
        return {"auto_reply", "a program's mail to an address that unsubscribes: no effect", item->id};
    if (auto finish = unsubscribe_ ? unsubscribe_(reader, *item, arrived.received_at) : Finish()) {
        Understood out{"unsubscribe", "unsubscribed from what the letter was about", item->id};
        out.finish = std::move(finish);
        return out;
    }
    Understood out{"unsubscribe", "unsubscribed from promotional mail", item->id};
    out.finish = [address = item->to.value, id = item->id, at = arrived.received_at](store::Tx& tx) {
        suppress(tx, {address, SuppressionReason::unsubscribe, "by mail", id}, {}, at);
    };
    return out;
}

void learn_from_refusal(store::Tx& tx, Outcome const& outcome, SuppressionPolicy const& policy) {
    if (outcome.result != Result::failed || outcome.ended_by != EndedBy::room) return;
    Fact fact;
    fact.status = outcome.enhanced_status;
    fact.diagnostic = email::shown(outcome.reply);
    fact.reporter = outcome.server;
    if (outcome.server.empty()) {
        bool const no_such_domain = outcome.enhanced_status == "5.1.2" || outcome.enhanced_status == "5.1.10";
        if (outcome.enhanced_status == "4.4.7") {
            // Expired: what a server had said about the mailbox meanwhile is the reason, if anything was said.
            auto const last = tx.one<Delay>(sql::last_server_delay, outcome.id);
            if (!last || !last->enhanced_status.starts_with("4.2.")) return;
            fact.status = last->enhanced_status;
            fact.diagnostic = email::shown(last->reply);
        } else if (!no_such_domain) {
            return;  // ours, or nobody's
        }
    }
    auto const item = find_letter(tx, outcome.id);
    if (!item) return;
    fact.letter = outcome.id;
    fact.address = normalised(item->to.value);
    fact.what = classify(fact.status, fact.diagnostic);
    fact.told = true;
    fact.at = outcome.at;
    add(tx, fact);
    follow(tx, fact, policy);
}

std::vector<Bounce> list_bounces(store::Reader& reader, std::optional<BounceId> before, std::size_t limit) {
    BounceId const below = before.value_or(BounceId{std::numeric_limits<std::int64_t>::max()});
    return reader.all<Bounce>(sql::list_bounces, below, limit);
}
std::vector<Bounce> bounces_of(store::Reader& reader, OutboxId letter) {
    return reader.all<Bounce>(sql::bounces_of_letter, letter);
}
std::vector<Bounce> bounces_of(store::Reader& reader, std::string_view address) {
    return reader.all<Bounce>(sql::bounces_of_address, normalised(address));
}

}  // namespace rapport::post
