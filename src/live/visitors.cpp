// Who a visitor is: a token that their browser made and keeps; a customer once somebody has vouched for them, or they
// have proven an address.
#include <algorithm>

#include "live/live.hpp"
#include "live/sql.hpp"

namespace rapport::live {

Digest digest_of_token(std::string_view token) { return sha256("chat visitor " + std::string(token)); }

std::optional<VisitorRow> visitor_of(store::Reader& reader, SiteId site, std::string_view token) {
    auto const digest = digest_of_token(token);
    auto row = reader.one<VisitorRow>(sql::visitor_of_token, digest);
    if (!row) row = reader.one<VisitorRow>(sql::visitor_of_old_token, digest);
    return row && row->site == site ? row : std::nullopt;
}

Expected<VisitorRow> visitor_for(store::Tx& tx, SiteId site, std::string_view token, std::string_view name,
                                 Locale locale, Time now) {
    if (token.size() != token_size || !from_base64url(token))
        return fail(ErrorKind::unauthenticated, "bad_token", "The visitor's token is none.");
    auto const digest = digest_of_token(token);
    if (auto known = visitor_of(tx, site, token)) {
        if (known->token == digest && known->has_old_token) forget_old_token(tx, *known);
        return std::move(*known);
    }
    auto const id = tx.new_id<VisitorId>();
    if (tx.changed(sql::insert_visitor, id, site, digest, name, locale, now) == 1)
        return VisitorRow{id, site, digest, std::string(name), locale, {}, {}, false};
    if (auto known = visitor_of(tx, site, token)) return std::move(*known);
    return fail(ErrorKind::unauthenticated, "unauthenticated", "This visitor belongs to another site.");
}

void change_token(store::Tx& tx, VisitorId visitor, Digest const& used, Digest const& next) {
    tx.exec(sql::rotate_token, visitor, next, used);
}

void forget_old_token(store::Tx& tx, VisitorRow const& visitor) {
    tx.exec(sql::forget_old_token, visitor.id, visitor.token);
}

std::vector<ThreadRow> threads_of(store::Reader& reader, VisitorRow const& visitor) {
    auto rows = reader.all<ThreadRow>(sql::threads_of_visitor, visitor.id, visitor.site);
    if (!visitor.customer) return rows;
    for (auto& row : reader.all<ThreadRow>(sql::threads_of_customer, *visitor.customer, visitor.site))
        if (std::ranges::find(rows, row.id, &ThreadRow::id) == rows.end()) rows.push_back(std::move(row));
    std::ranges::sort(rows, std::greater(), &ThreadRow::id);
    return rows;
}

std::optional<ThreadRow> thread_of(store::Reader& reader, VisitorRow const& visitor, ConversationId id) {
    auto row = reader.one<ThreadRow>(sql::find_thread, id);
    if (!row || row->site != visitor.site) return std::nullopt;
    bool const theirs = row->visitor == visitor.id || (visitor.customer && row->customer == visitor.customer);
    return theirs ? row : std::nullopt;
}

void recognise(store::Tx& tx, conversation::Office const& office, VisitorRow const& visitor, CustomerId customer,
               std::optional<EmailAddress> const& address, std::string_view name, Time now) {
    auto const shown = name.empty() ? visitor.name : std::string(name);
    tx.exec(sql::recognise_visitor, visitor.id, customer, address ? std::optional(address->value) : visitor.address,
            shown);
    tx.exec(sql::recognise_threads, visitor.id, customer);
    for (auto const& thread : tx.all<ThreadRow>(sql::threads_of_visitor, visitor.id, visitor.site))
        conversation::recognise(tx, office, thread.id, customer, address, shown,
                                Actor{ActorKind::customer, customer.value}, now);
}

}  // namespace rapport::live
