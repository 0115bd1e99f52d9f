// What may leave the house, and how it is written and signed.
#include <algorithm>

#include "base/bytes.hpp"
#include "webhooks/webhooks.hpp"

namespace rapport::webhooks {

std::vector<EventRow> const& event_catalogue() {
    static std::vector<EventRow> const rows{
        {"delivery.", "each step of a delivery: submitted, notified, accepted, refused, expired, handed_over …"},
        {"notice.", "notices: submitted; answered, with the answer"},
        {"bulk.", "bulk jobs: begun, paused, finished …"},
        {"conversation.", "conversations: opened, assigned, resolved, reopened, merged …"},
        {"sla.", "what is promised to customers: warning, breached; policies and calendars changed"},
        {"message.", "messages of conversations: received, sent, left, failed …"},
        {"form.", "web forms: published, closed; submitted, held, released"},
        {"article.",
         "articles of the knowledge base: published, withdrawn, retired, due for review, rated by readers …"},
        {"customer.", "customers and their addresses: created, changed, merged, split, erased …"},
        {"preferences.", "a customer's choices have changed"},
        {"consent.", "consent was given or withdrawn"},
        {"suppression.", "an address was added to or lifted from the suppression list"},
        {"bounce.", "a mail came back, or somebody complained about it"},
        {"chat_site.", "a site whose pages carry the chat: created, changed"},
        {"pickup.", "a mailbox elsewhere that is fetched: added, connected, failed …"},
        {"import.", "an old mailbox was brought in: started, finished, with its counts"},
    };
    return rows;
}

bool may_go_out(std::string_view kind) {
    // Of a mailbox of a hundred thousand mails other systems are told once: import.finished.
    if (kind == "conversation.imported" || kind == "customer.imported") return false;
    if (kind == "article.draft_saved") return false;  // as often as somebody types
    return std::ranges::any_of(event_catalogue(), [&](EventRow const& row) { return kind.starts_with(row.kind); });
}

bool wants(std::string_view patterns, std::string_view kind) {
    if (!may_go_out(kind)) return false;
    while (!patterns.empty()) {
        auto const end = std::min(patterns.find(' '), patterns.size());
        auto const pattern = patterns.substr(0, end);
        if (pattern == "*" || pattern == kind) return true;
        if (pattern.ends_with(".*") && kind.starts_with(pattern.substr(0, pattern.size() - 1))) return true;
        patterns.remove_prefix(std::min(end + 1, patterns.size()));
    }
    return false;
}

std::string body_of(store::Event const& event) {
    json::Object data;
    data["seq"] = event.seq;
    data["subject"] = event.subject;
    if (event.customer) data["customer"] = to_text(people::CustomerId{*event.customer});
    if (event.journey) data["journey"] = *event.journey;
    for (auto const& [name, value] : event.data)
        if (!data.contains(name)) data[name] = value;
    json::Object body;
    body["type"] = event.kind;
    body["timestamp"] = to_text(event.at);
    body["data"] = std::move(data);
    std::string text;
    json::write(text, body);
    return text;
}

namespace {
ByteView view(Key256 const& key) { return {reinterpret_cast<char const*>(key.data()), key.size()}; }
}  // namespace

std::string signature_of(Key256 const& secret, std::string_view id, std::int64_t seconds, std::string_view body) {
    std::string signed_text(id);
    signed_text += '.' + std::to_string(seconds) + '.';
    signed_text += body;
    return "v1," + to_base64(hmac_sha256(view(secret), signed_text).view());
}

std::string secret_text(Key256 const& secret) { return "whsec_" + to_base64(view(secret)); }

}  // namespace rapport::webhooks
