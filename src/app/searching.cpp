// Shelves, the keeper and the route; each kind only for who may see it.
#include "app/searching.hpp"

#include <algorithm>
#include <set>

#include "conversation/searching.hpp"
#include "delivery/searching.hpp"
#include "delivery/wire.hpp"
#include "knowledge/searching.hpp"
#include "people/merged.hpp"
#include "people/permissions.hpp"
#include "search/damaged.hpp"

namespace rapport::app {
namespace {

using search::Excerpt;

constexpr auto patience = std::chrono::milliseconds(150);
constexpr std::size_t beside = 5;  // customers, and deliveries, beside conversations
constexpr std::size_t title_letters = 120, text_letters = 180;

// ---- customers

search::Document document_of(people::ListedCustomer const& one) {
    auto const id = one.customer.id.value;
    search::Document made{id, id, one.customer.created_at, {{search::Field::from, one.customer.name}}};
    for (auto const& address : one.addresses) made.parts.push_back({search::Field::from, address.value});
    if (one.customer.external_id) made.parts.push_back({search::Field::any, *one.customer.external_id});
    return made;
}

std::optional<people::ListedCustomer> customer_of(store::Reader& reader, people::CustomerId id) {
    auto found = people::find_customer(reader, id);
    if (!found) return std::nullopt;
    return people::ListedCustomer{std::move(*found), people::addresses_of_person(reader, id)};
}

// Names and keys of merged records find the person, too; addresses of theirs are among the listed ones.
void add_record(search::Document& made, store::Reader& reader, people::Merge const& merge) {
    auto const record = people::find_customer(reader, merge.absorbed);
    if (!record) return;
    made.parts.push_back({search::Field::from, record->name});
    if (record->external_id) made.parts.push_back({search::Field::any, *record->external_id});
}

std::int64_t count_customers(store::Reader& reader) {
    std::int64_t n = 0;
    for (std::string after;;) {
        auto const page = people::list_customers(reader, "", after, 1000);
        if (!page) return n;
        n += static_cast<std::int64_t>(page->customers.size());
        if (!page->next) return n;
        after = *page->next;
    }
}

search::Shelf customer_shelf() {
    search::Shelf shelf;
    shelf.kind = search::Kind::customer;
    shelf.page = [](store::Reader& reader, std::int64_t below, std::size_t limit) {
        search::Shelf::Page page;
        auto const found = people::list_customers(reader, "", to_text(people::CustomerId{below}), limit);
        if (!found) return page;
        for (auto const& one : found->customers) page.documents.push_back(document_of(one));
        if (!found->customers.empty())
            for (auto const& merge : people::merges_between(reader, found->customers.back().customer.id,
                                                            found->customers.front().customer.id))
                for (auto& document : page.documents)
                    if (document.object == merge.root.value) add_record(document, reader, merge);
        if (found->next) page.below = found->customers.back().customer.id.value;
        return page;
    };
    shelf.changed = [](store::Reader& reader, std::span<store::Event const> events) {
        search::Shelf::Change change;
        std::set<people::CustomerId> ids;
        for (auto const& event : events)
            if (event.kind.starts_with("customer."))
                if (people::CustomerId id; from_text(event.subject, id)) ids.insert(id);
        std::set<people::CustomerId> roots;
        for (auto const id : ids) {
            auto const root = people::person_of(reader, id);
            if (root != id) change.gone.push_back(id.value);
            roots.insert(root);
        }
        for (auto const id : roots)
            if (auto const one = customer_of(reader, id)) {
                change.documents.push_back(document_of(*one));
                for (auto const& merge : people::merges_between(reader, id, id))
                    add_record(change.documents.back(), reader, merge);
            } else {
                change.gone.push_back(id.value);
            }
        return change;
    };
    shelf.count = count_customers;
    return shelf;
}

// ---- GET /v1/search

// What is found newest first; what readers look for has a search of its own.
enum class Kind : std::uint8_t { conversation, customer, delivery };
BOOST_DESCRIBE_ENUM(Kind, conversation, customer, delivery)
search::Kind in_index(Kind kind) {
    return kind == Kind::conversation ? search::Kind::conversation
           : kind == Kind::customer   ? search::Kind::customer
                                      : search::Kind::delivery;
}

struct SearchQuery {
    std::string q;
    std::optional<Kind> kind;
    std::string after;
    int limit = 20;
};
BOOST_DESCRIBE_STRUCT(SearchQuery, (), (q, kind, after, limit))

struct SearchItem {
    Kind kind{};
    std::string id;                      // cnv_…, cus_…, dlv_…
    std::optional<std::int64_t> number;  // of a conversation: #1042
    std::optional<std::string> state;    // of a conversation, or a delivery
    Excerpt title, who, text;
    Time at{};
    std::optional<conversation::MessageId> message;  // of a conversation: the newest that fits
};
BOOST_DESCRIBE_STRUCT(SearchItem, (), (kind, id, number, state, title, who, text, at, message))

struct SearchResult {
    std::vector<SearchItem> items;
    std::optional<std::string> next;  // of one kind
    std::optional<bool> incomplete;
    std::optional<std::string> instead;
};
BOOST_DESCRIBE_STRUCT(SearchResult, (), (items, next, incomplete, instead))

net::Permission permission_of(Kind kind) {
    switch (kind) {
        case Kind::conversation:
            return people::may_read_conversations;
        case Kind::customer:
            return people::may_read_customers;
        case Kind::delivery:
            break;
    }
    return people::may_read_deliveries;
}

class Search {
  public:
    Search(House& house, store::Reader& reader, Actor const& viewer, SearchQuery const& query)
        : house_(house), reader_(reader), viewer_(viewer), query_(query) {}

    Expected<SearchResult> of(std::vector<Kind> const& kinds) {
        auto const limit = static_cast<std::size_t>(std::clamp(query_.limit, 1, 100));
        for (auto const kind : kinds) {
            auto const most = kinds.size() == 1 || kind == Kind::conversation ? limit : std::min(limit, beside);
            auto const done = kind == Kind::conversation ? conversations(most) : others(kind, most);
            if (!done) return fail(done.error());
        }
        if (kinds.size() > 1) out_.next.reset();
        if (!house_.keeper->status().complete) out_.incomplete = true;
        return std::move(out_);
    }

  private:
    Expected<void> conversations(std::size_t limit) {
        conversation::ConversationQuery query;
        query.q = query_.q;
        query.after = query_.after;
        query.limit = static_cast<int>(limit);
        auto const page = conversation::search_conversations(reader_, house_.conversations.office(), viewer_,
                                                             house_.conversations.searching(), query);
        if (!page) return fail(page.error());
        for (auto const& one : page->items) {
            SearchItem item{Kind::conversation,
                            to_text(one.id),
                            one.number,
                            std::string(json::enum_name(one.state)),
                            {one.subject, {}},
                            {one.from.name, {}},
                            {one.preview, {}},
                            one.last_at,
                            {}};
            if (one.found) {
                item.message = one.found->message;
                item.at = one.found->at;
                item.title = one.found->subject;
                item.who = one.found->from;
                item.text = one.found->text;
            }
            out_.items.push_back(std::move(item));
        }
        out_.next = page->next;
        out_.instead = page->instead;
        return {};
    }

    Expected<void> others(Kind kind, std::size_t limit) {
        auto const parsed =
            search::parse_query(query_.q, {conversation::search_filters(), house_.config.organisation.time_zone});
        if (!parsed) return fail(parsed.error());
        if (parsed->only_number || !parsed->filters.empty()) return {};  // conversations alone have those
        search::FindOptions options;
        options.deadline = std::chrono::steady_clock::now() + patience;
        auto finder = house_.keeper->find(in_index(kind), *parsed, std::move(options));
        auto const after = search::place_from(query_.after);
        if (!after) return fail(after.error());
        std::optional<search::Hit> last;
        std::size_t n = 0;
        for (std::optional<search::Hit> hit; n < limit && (hit = finder.next());) {
            if (*after && !search::is_behind(*hit, **after)) continue;
            last = hit;
            auto item = kind == Kind::customer ? customer(*hit, *parsed) : delivery(*hit, *parsed);
            if (!item) continue;
            out_.items.push_back(std::move(*item));
            ++n;
        }
        if (last && (n == limit || finder.gave_up())) out_.next = search::cursor_at(*last);
        if (!last && finder.gave_up()) out_.incomplete = true;
        return {};
    }

    std::optional<SearchItem> customer(search::Hit const& hit, search::ParsedQuery const& parsed) {
        auto const one = customer_of(reader_, people::CustomerId{hit.object});
        if (!one) return std::nullopt;
        std::string addresses;
        for (auto const& address : one->addresses) addresses += (addresses.empty() ? "" : ", ") + address.value;
        if (one->customer.external_id) addresses += (addresses.empty() ? "" : ", ") + *one->customer.external_id;
        return SearchItem{Kind::customer,
                          to_text(one->customer.id),
                          {},
                          {},
                          search::excerpt_of(one->customer.name, search::Field::from, parsed, title_letters),
                          {},
                          search::excerpt_of(addresses, search::Field::from, parsed, text_letters),
                          one->customer.created_at,
                          {}};
    }
    std::optional<SearchItem> delivery(search::Hit const& hit, search::ParsedQuery const& parsed) {
        delivery::DeliveryId const id{hit.object};
        auto const found = delivery::summaries(reader_, house_.deliveries.office(), {&id, 1});
        if (found.empty() || !found[0].subject) return std::nullopt;
        auto const& one = found[0];
        auto const who =
            one.recipient.name.empty() ? one.recipient.email : one.recipient.name + " <" + one.recipient.email + '>';
        return SearchItem{Kind::delivery,
                          to_text(one.id),
                          {},
                          std::string(json::enum_name(one.state)),
                          search::excerpt_of(*one.subject, search::Field::subject, parsed, title_letters),
                          search::excerpt_of(who, search::Field::to, parsed, title_letters),
                          search::excerpt_of(one.reference.value_or(""), search::Field::any, parsed, text_letters),
                          one.submitted_at,
                          {}};
    }

    House& house_;
    store::Reader& reader_;
    Actor const& viewer_;
    SearchQuery const& query_;
    SearchResult out_;
};

Task<Expected<SearchResult>> get_search(House& house, net::Request& http, net::Query<SearchQuery> query) {
    std::vector<Kind> kinds;
    for (auto const kind : {Kind::conversation, Kind::customer, Kind::delivery})
        if ((!query->kind || *query->kind == kind) && http.viewer().may(permission_of(kind))) kinds.push_back(kind);
    if (kinds.empty())
        co_return fail(ErrorKind::forbidden, "forbidden",
                       "You may not see what you search for. Ask an administrator for conversations.read, "
                       "customers.read or deliveries.read.");
    if (!query->kind && !query->after.empty())
        co_return fail(ErrorKind::invalid, "invalid_fields", "One kind at a time has further pages.",
                       {{"/kind", "must be given with after", "add kind=conversation, customer or delivery"}});
    co_return co_await house.store->read([&](store::Reader& reader) -> Expected<SearchResult> {
        try {
            return Search(house, reader, http.actor(), *query).of(kinds);
        } catch (search::Damaged const& fault) {
            house.keeper->damaged(fault.what());
            SearchResult none;
            none.incomplete = true;
            return none;
        }
    });
}

}  // namespace

std::vector<search::Shelf> search_shelves(House& house) {
    return {conversation::message_shelf(house.conversations.office()), customer_shelf(),
            delivery::delivery_shelf(house.deliveries.office()), knowledge::text_shelf()};
}

std::filesystem::path search_folder(Config const& config) { return std::filesystem::path(config.data) / "search"; }

std::unique_ptr<search::Keeper> make_keeper(House& house) {
    return std::make_unique<search::Keeper>(*house.store, house.keyring, search_shelves(house),
                                            search::KeeperOptions{.folder = search_folder(house.config)});
}

net::Routes search_routes(House& house) {
    return {
        net::get<"/v1/search">(people::signed_in,
                               "Conversations, customers and deliveries with these words, newest first: those kinds "
                               "that one may see",
                               net::with(house, get_search))};
}

std::string search_metrics(House& house) {
    auto const status = house.keeper->status();
    std::string out =
        "# HELP rapport_search_documents What can be found, by kind.\n# TYPE rapport_search_documents gauge\n";
    for (auto const kind : search::all_kinds)
        out += "rapport_search_documents{kind=\"" + std::string(json::enum_name(kind)) + "\"} " +
               std::to_string(status.facts.documents[static_cast<std::size_t>(kind)]) + '\n';
    auto const gauge = [&](std::string_view name, std::string_view help, std::int64_t value) {
        out += "# HELP " + std::string(name) + ' ' + std::string(help) + "\n# TYPE " + std::string(name) + " gauge\n" +
               std::string(name) + ' ' + std::to_string(value) + '\n';
    };
    gauge("rapport_search_octets", "Size of the search index.", status.facts.octets);
    gauge("rapport_search_segments", "Parts of the search index.", status.facts.segments);
    gauge("rapport_search_complete", "1: everything can be found; 0: the index is being made.", status.complete);
    gauge("rapport_search_sequence", "Number of the last event that the search index has read.", status.seq);
    return out;
}

void check_search(House& house, store::Reader& reader,
                  std::function<void(std::string const&, std::string const&)> const& report) {
    auto const index = search::Index::open(search_folder(house.config), house.keyring, search::Index::Access::reader);
    // Made at the server's next start; a rotation of the master key leaves one that nobody can open any more.
    if (index->why_new() == "missing" || index->why_new() == "unreadable") return;
    if (!index->why_new().empty())
        return report("search",
                      "the index is of no use (" + index->why_new() + "): it is made anew at the server's next start");
    if (!index->progress().complete() || index->progress().seq != store::Store::last_event(reader)) return;
    auto const shelves = search_shelves(house);
    try {
        search::check_index(reader, *index, shelves,
                            [&](search::Finding const& one) { report(one.subject, one.text); });
    } catch (search::Damaged const& fault) {
        report("search", std::string(fault.what()) + "; rapport search rebuild makes the index anew");
    }
}

}  // namespace rapport::app
