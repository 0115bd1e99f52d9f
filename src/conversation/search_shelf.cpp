// Messages as documents: subject, who wrote to whom, text, names of files.
#include <map>
#include <set>

#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/searching.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

constexpr std::size_t most_text = 256 << 10;  // octets of one text that are looked for
constexpr std::size_t most_people = 50;       // of To and Cc

class Reading {
  public:
    Reading(store::Reader& reader, Office const& office) : reader_(reader), office_(office) {}

    std::optional<search::Document> document(MessageRow const& row) {
        if (row.state == MessageState::withdrawn) return std::nullopt;
        auto const words = words_of(office_, row);
        if (!words) return std::nullopt;
        search::Document made{row.id.value, row.conversation.value, row.at, {}};
        auto const add = [&](search::Field field, std::string text) {
            if (!text.empty()) made.parts.push_back({field, std::move(text)});
        };
        auto const& title = subject_of(row.conversation);
        add(search::Field::subject, words->subject);
        if (title != words->subject) add(search::Field::subject, title);
        add(search::Field::from, words->from.name + ' ' + words->from.address);
        if (row.author_kind == ActorKind::agent) add(search::Field::from, agent(AgentId{row.author_id}));
        std::string people;
        std::size_t n = 0;
        for (auto const* list : {&words->to, &words->cc})
            for (auto const& one : *list)
                if (n++ < most_people) people += one.name + ' ' + one.address + '\n';
        add(search::Field::to, std::move(people));
        add(search::Field::any, text(row, *words));
        if (row.attachments > 0)
            for (auto const& file : attachments_of(reader_, row.id))
                if (auto name = name_of(office_, file); name) add(search::Field::any, std::move(name->name));
        return made;
    }

  private:
    // What an answer quotes stands in the message that it answers.
    std::string text(MessageRow const& row, Words const& words) {
        std::string all;
        if (row.text_blob)
            if (auto whole = text_of(reader_, office_, row); whole) all = std::move(*whole);
        if (all.empty()) all = words.text;
        if (row.direction == Direction::out)
            all.resize(std::min(all.size(), static_cast<std::size_t>(std::max<std::int64_t>(words.own, 0))));
        if (all.size() > most_text) all.resize(most_text);
        return all;
    }
    std::string const& subject_of(ConversationId id) {
        auto const [found, is_new] = subjects_.try_emplace(id);
        if (is_new)
            if (auto const row = find_row(reader_, id)) found->second = cover_of(office_, *row).subject;
        return found->second;
    }
    std::string const& agent(AgentId id) {
        auto const [found, is_new] = agents_.try_emplace(id);
        if (is_new)
            if (auto const agent = people::find_agent(reader_, id)) found->second = agent->name;
        return found->second;
    }

    store::Reader& reader_;
    Office const& office_;
    std::map<ConversationId, std::string> subjects_;
    std::map<AgentId, std::string> agents_;
};

void keep(Reading& reading, MessageRow const& row, search::Shelf::Change& change) {
    if (auto document = reading.document(row); document)
        change.documents.push_back(std::move(*document));
    else
        change.gone.push_back(row.id.value);
}

bool is_outcome(std::string_view kind) {
    return kind == "message.left" || kind == "message.failed" || kind == "message.unknown" || kind == "message.queued";
}
// Its messages moved, or it is called otherwise.
bool moves_messages(std::string_view kind) {
    return kind == "conversation.merged" || kind == "conversation.took_in" || kind == "conversation.unmerged" ||
           kind == "conversation.gave_back" || kind == "conversation.split" || kind == "conversation.renamed" ||
           kind == "conversation.erased";
}

std::string text_in(json::Object const& data, std::string_view name) {
    auto const* found = data.if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

std::vector<std::string> texts_in(json::Object const& data, std::string_view name) {
    std::vector<std::string> out;
    auto const* found = data.if_contains(name);
    if (!found || !found->is_array()) return out;
    for (auto const& one : found->get_array())
        if (one.is_string()) out.emplace_back(one.get_string());
    return out;
}

}  // namespace

search::Shelf message_shelf(Office const& office) {
    search::Shelf shelf;
    shelf.kind = search::Kind::conversation;
    shelf.page = [&office](store::Reader& reader, std::int64_t below, std::size_t limit) {
        search::Shelf::Page page;
        Reading reading(reader, office);
        auto const ids = reader.all<MessageId>(sql::search_page, below, limit);
        for (auto const id : ids)
            if (auto const row = find_message_row(reader, id); row)
                if (auto document = reading.document(*row); document) page.documents.push_back(std::move(*document));
        page.below = ids.size() < limit ? 0 : ids.back().value;
        return page;
    };
    shelf.changed = [&office](store::Reader& reader, std::span<store::Event const> events) {
        search::Shelf::Change change;
        Reading reading(reader, office);
        std::set<MessageId> messages;
        std::set<ConversationId> conversations;
        for (auto const& event : events) {
            if (event.kind.starts_with("message.") && !is_outcome(event.kind)) {
                if (MessageId id; from_text(text_in(event.data, "message"), id)) messages.insert(id);
            } else if (event.kind == "conversation.imported") {
                for (auto const& text : texts_in(event.data, "messages"))
                    if (MessageId id; from_text(text, id)) messages.insert(id);
                for (auto const& text : texts_in(event.data, "took_in"))
                    if (ConversationId id; from_text(text, id)) conversations.insert(id);
                if (event.data.contains("took_in"))
                    if (ConversationId id; from_text(event.subject, id)) conversations.insert(id);
            } else if (moves_messages(event.kind)) {
                for (auto const& text : {event.subject, text_in(event.data, "into"), text_in(event.data, "from"),
                                         text_in(event.data, "conversation")})
                    if (ConversationId id; from_text(text, id)) conversations.insert(id);
            }
        }
        for (auto const id : messages)
            if (auto const row = find_message_row(reader, id))
                keep(reading, *row, change);
            else
                change.gone.push_back(id.value);
        constexpr std::int64_t at_once = 500;
        for (auto const id : conversations)
            for (MessageId before{std::numeric_limits<std::int64_t>::max()};;) {
                auto const rows = reader.all<MessageRow>(sql::messages_of, id, before, at_once);
                for (auto const& row : rows) keep(reading, row, change);
                if (rows.size() < at_once) break;
                before = rows.back().id;
            }
        return change;
    };
    shelf.count = [](store::Reader& reader) { return reader.one<std::int64_t>(sql::search_count).value_or(0); };
    return shelf;
}

}  // namespace rapport::conversation
