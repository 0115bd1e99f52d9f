// The messages of a conversation as the API shows them: a window, newest first.
#include <algorithm>
#include <limits>
#include <map>

#include "base/text.hpp"
#include "channels/email/mime.hpp"
#include "conversation/reading.hpp"
#include "conversation/rows.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"

namespace rapport::conversation {
namespace {

// Names of agents, asked for once in a window.
class Names {
  public:
    explicit Names(store::Reader& reader) : reader_(reader) {}
    std::string const& of(AgentId id) {
        auto const [found, is_new] = known_.try_emplace(id);
        if (is_new)
            if (auto const agent = people::find_agent(reader_, id)) found->second = agent->name;
        return found->second;
    }

  private:
    store::Reader& reader_;
    std::map<AgentId, std::string> known_;
};

Author author_of(MessageRow const& row, std::optional<Words> const& words, Names& names) {
    Author author{row.author_kind, "", ""};
    if (row.author_kind == ActorKind::agent) {
        author.id = to_text(AgentId{row.author_id});
        author.name = names.of(AgentId{row.author_id});
    } else if (row.author_kind == ActorKind::customer) {
        if (row.author_id != 0) author.id = to_text(CustomerId{row.author_id});
        if (words) author.name = words->from.name;
    } else if (row.author_kind == ActorKind::api_key) {
        author.id = to_text(people::ApiKeyId{row.author_id});
        if (words) author.name = words->name;
    }
    return author;
}

std::vector<MessageLetter> letters_of(store::Reader& reader, MessageId id) {
    std::vector<MessageLetter> out;
    for (auto& one : post::letters_of(reader, to_text(id))) {
        MessageLetter letter{one.id, one.to.value,  one.state, one.attempts, std::move(one.last_reply),
                             {},     one.changed_at};
        if (one.state == post::State::accepted)
            for (auto const& bounce : post::bounces_of(reader, one.id))
                if (bounce.told) letter.returned = (bounce.status + ' ' + bounce.diagnostic).substr(0, 500);
        out.push_back(std::move(letter));
    }
    return out;
}

void fill_words(MessageView& view, Words const& words, std::string_view text, std::string_view subject) {
    view.from = words.from;
    view.to = words.to;
    view.cc = words.cc;
    view.reply_to = words.reply_to;
    view.subject = words.subject;
    view.other_subject = view.direction == Direction::in && !words.subject.empty() &&
                         bare_subject(words.subject) != bare_subject(subject);
    auto const own = std::min(static_cast<std::size_t>(std::max<std::int64_t>(words.own, 0)), text.size());
    view.text = text.substr(0, own);
    view.quoted = text.substr(own);
    view.fields = words.fields;
    if (!words.matched.empty()) view.matched = words.matched;
    if (!words.trouble.empty()) view.trouble = words.trouble;
}

struct Window {
    store::Reader& reader;
    Office const& office;
    std::string subject;  // the conversation's
    Names names;

    MessageView view(MessageRow const& row, std::optional<std::string> const& whole = {}) {
        MessageView out;
        out.id = row.id;
        out.conversation = row.conversation;
        out.origin = row.origin;
        out.direction = row.direction;
        out.channel = row.channel;
        out.state = row.state;
        out.at = row.at;
        out.has_html = row.html_blob && row.wrapped_key;
        out.has_raw = row.inbound && row.wrapped_key;
        out.matched_by = row.matched_by;
        out.automatic = row.automatic;
        out.claims = row.claims;
        out.leaves_at = row.leaves_at;
        out.key = row.client_key;
        auto const words = words_of(office, row);
        out.erased = !words;
        out.author = author_of(row, words ? std::optional(*words) : std::nullopt, names);
        if (words) fill_words(out, *words, whole ? std::string_view(*whole) : std::string_view(words->text), subject);
        out.cut = words && row.text_blob && !whole;
        if (row.attachments > 0 && row.wrapped_key) add_attachments(out);
        if (row.direction == Direction::out) out.letters = letters_of(reader, row.id);
        return out;
    }

  private:
    void add_attachments(MessageView& out) {
        for (auto const& file : attachments_of(reader, out.id)) {
            auto name = name_of(office, file);
            if (!name) continue;
            AttachmentView one{file.id, std::move(name->name), file.media_type, file.size, file.shown_inside, {}, {}};
            if (!name->content_id.empty()) one.content_id = std::move(name->content_id);
            one.scan = scan_of(reader, file.id);
            if (!one.scan && office.settings.antivirus) one.scan = AttachmentScan{};
            if (one.scan && !one.scan->at) one.scan->finding = ScanFinding::not_scanned;
            out.attachments.push_back(std::move(one));
        }
    }
};

}  // namespace

Expected<MessagePage> list_messages(store::Reader& reader, Office const& office, ConversationId id,
                                    MessageQuery const& query) {
    auto const conversation = find_row(reader, id);
    if (!conversation) return fail(no_such_conversation());
    MessageId before{std::numeric_limits<std::int64_t>::max()};
    if (!query.after.empty() && !from_text(query.after, before))
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    auto const limit = static_cast<std::size_t>(std::clamp(query.limit, 1, 100));
    auto rows = reader.all<MessageRow>(sql::messages_of, id, before, limit + 1);
    MessagePage page;
    if (rows.size() > limit) {
        rows.resize(limit);
        page.next = to_text(rows.back().id);
    }
    Window window{reader, office, cover_of(office, *conversation).subject, Names(reader)};
    for (auto const& row : rows) page.items.push_back(window.view(row));
    return page;
}

Expected<MessageView> find_message(store::Reader& reader, Office const& office, MessageId id) {
    auto const row = find_message_row(reader, id);
    if (!row || row->state == MessageState::withdrawn)
        return fail(ErrorKind::not_found, "not_found", "There is no such message.");
    auto const conversation = find_row(reader, row->conversation);
    if (!conversation) return fail(no_such_conversation());
    std::optional<std::string> whole;
    if (row->text_blob && row->wrapped_key) {
        auto text = text_of(reader, office, *row);
        if (!text) return fail(text.error());
        whole = std::move(*text);
    }
    Window window{reader, office, cover_of(office, *conversation).subject, Names(reader)};
    return window.view(*row, whole);
}

}  // namespace rapport::conversation
