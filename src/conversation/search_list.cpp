// A search among conversations: hits of the index, what the database says about them, and the words to show.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/text.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/rows.hpp"
#include "conversation/search_filters.hpp"
#include "conversation/searching.hpp"
#include "conversation/sql.hpp"
#include "search/damaged.hpp"
#include "search/text.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_looked_at = 3'000;  // conversations in the database for one page
constexpr std::size_t few = 5'000;             // that a filter leaves: then their list bounds the search
constexpr auto patience = std::chrono::milliseconds(150);
constexpr std::size_t subject_letters = 120, text_letters = 180;

using search::Hit;

class Search {
  public:
    Search(store::Reader& reader, Office const& office, search::Keeper const& keeper, search::ParsedQuery const& parsed,
           RowFilter const& filter)
        : reader_(reader), office_(office), keeper_(keeper), parsed_(parsed), filter_(filter) {}

    // Hits that are not older than `after` were looked at for an earlier page.
    ConversationPage page(std::optional<Hit> const& after, std::size_t limit) {
        ConversationPage page;
        if (!after && parsed_.number) by_number(page);
        if (parsed_.only_number) return page;
        search::FindOptions options;
        options.deadline = std::chrono::steady_clock::now() + patience;
        if (!filter_.empty()) options.groups = filter_.few(reader_, few);
        auto finder = keeper_.find(search::Kind::conversation, parsed_, std::move(options));
        std::unordered_set<std::int64_t> seen;
        std::size_t looked = 0;
        bool stopped_early = false;
        std::optional<Hit> last;
        for (std::optional<Hit> hit; page.items.size() < limit && (hit = finder.next());) {
            bool const is_new = seen.insert(hit->group).second;
            if (after && !search::is_behind(*hit, *after)) continue;
            if (is_new && looked == most_looked_at) {  // the next page begins with this one
                stopped_early = true;
                break;
            }
            last = hit;
            if (!is_new) continue;
            ++looked;
            auto const row = find_row(reader_, ConversationId{hit->group});
            if (!row || !filter_.lets_through(reader_, *row)) continue;
            if (std::ranges::find(page.items, row->id, &ConversationSummary::id) != page.items.end()) continue;
            page.items.push_back(summary_of(reader_, office_, *row));
            page.items.back().found = found_in(MessageId{hit->object});
        }
        stopped_early = stopped_early || finder.gave_up();
        if (last && (stopped_early || page.items.size() >= limit)) page.next = search::cursor_at(*last);
        if (stopped_early && !last) page.incomplete = true;  // not even where the page before ended was reached
        return page;
    }

  private:
    void by_number(ConversationPage& page) {
        auto const id = reader_.one<ConversationId>(sql::find_by_number, *parsed_.number);
        auto row = id ? find_row(reader_, *id) : std::nullopt;
        for (int hops = 0; row && row->merged_into && hops < 10; ++hops) row = find_row(reader_, *row->merged_into);
        if (row && filter_.lets_through(reader_, *row)) page.items.push_back(summary_of(reader_, office_, *row));
    }
    std::optional<FoundIn> found_in(MessageId id) {
        auto const row = find_message_row(reader_, id);
        if (!row) return std::nullopt;
        auto const words = words_of(office_, *row);
        if (!words) return std::nullopt;
        FoundIn found;
        found.message = id;
        found.at = row->at;
        found.subject = search::excerpt_of(words->subject, search::Field::subject, parsed_, subject_letters);
        found.from = search::excerpt_of(words->from.name.empty() ? words->from.address : words->from.name,
                                        search::Field::from, parsed_, subject_letters);
        found.text = search::excerpt_of(words->text, search::Field::any, parsed_, text_letters);
        if (found.text.matches.empty() && row->text_blob)
            if (auto const whole = text_of(reader_, office_, *row); whole)
                found.text = search::excerpt_of(*whole, search::Field::any, parsed_, text_letters);
        return found;
    }

    store::Reader& reader_;
    Office const& office_;
    search::Keeper const& keeper_;
    search::ParsedQuery const& parsed_;
    RowFilter const& filter_;
};

// Words that stand nowhere, replaced by what could have been meant: the query as it should have been typed.
std::optional<std::string> corrected(search::Keeper const& keeper, search::ParsedQuery const& parsed,
                                     std::string const& typed) {
    auto text = typed;
    bool some = false;
    for (auto const& clause : parsed.clauses) {
        if (clause.negated || clause.phrases.size() != 1 || !clause.phrases[0].terms.empty()) continue;
        search::ParsedQuery alone;
        alone.clauses = {clause};
        if (keeper.find(search::Kind::conversation, alone).next()) continue;
        auto const& word = clause.phrases[0].ending.term;
        auto const instead = keeper.similar(search::Kind::conversation, word);
        auto const at = ascii_lower(text).find(word);
        if (instead.empty() || at == std::string::npos) return std::nullopt;
        text.replace(at, word.size(), instead[0]);
        some = true;
    }
    return some ? std::optional(text) : std::nullopt;
}

Expected<ConversationPage> found(store::Reader& reader, Office const& office, Actor const& viewer,
                                 Searching const& searching, std::string text, std::optional<Hit> const& after,
                                 std::size_t limit) {
    search::QueryRules const rules{search_filters(), searching.zone};
    for (bool again = false;; again = true) {
        auto const parsed = search::parse_query(text, rules);
        if (!parsed) return fail(parsed.error());
        auto const filter = RowFilter::of(reader, viewer, parsed->filters);
        if (!filter) return fail(filter.error());
        auto page = Search(reader, office, *searching.keeper, *parsed, *filter).page(after, limit);
        bool const complete = searching.keeper->status().complete;
        if (page.items.empty() && !page.next && !after && complete && !again)
            if (auto better = corrected(*searching.keeper, *parsed, text); better) {
                text = std::move(*better);
                continue;
            }
        if (again) page.instead = text;
        if (!complete) page.incomplete = true;
        return page;
    }
}

}  // namespace

Expected<ConversationPage> search_conversations(store::Reader& reader, Office const& office, Actor const& viewer,
                                                Searching const& searching, ConversationQuery const& query) {
    if (query.state || query.view || query.assignee || query.team || query.mailbox || query.label || query.customer)
        return fail(ErrorKind::invalid, "invalid_fields", "A search says in its words what else must hold.",
                    {{"/q", "must stand alone", "write is:open, label:vip or assignee:me into it"}});
    auto const after = search::place_from(query.after);
    if (!after) return fail(after.error());
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 200));
    if (!searching.keeper)
        return fail(Error{ErrorKind::unavailable, "search_away", "There is no search in this program.", {}, 60});
    try {
        auto page = found(reader, office, viewer, searching, query.q, *after, limit);
        if (page) fill_unread(reader, viewer, page->items);
        return page;
    } catch (search::Damaged const& fault) {
        searching.keeper->damaged(fault.what());
        ConversationPage none;
        none.incomplete = true;
        return none;
    }
}

}  // namespace rapport::conversation
