// fsck: what cannot be true of sound conversations. Counters are counted anew, what is sealed is opened.
#include <map>

#include "conversation/csat/csat.hpp"
#include "conversation/erasure/erase.hpp"
#include "conversation/import/import.hpp"
#include "conversation/routing/routing.hpp"
#include "conversation/rows.hpp"
#include "conversation/sla/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;

template <class AnyId>
void add_counts(store::Reader& reader, store::Query const& query, Counts& out) {
    reader.each(query, [&](store::Row const& row) {
        out[{to_text(AnyId{row.integer(0)}), std::string(row.text(1))}] = row.integer(2);
    });
}

Counts counted(store::Reader& reader) {
    Counts out;
    reader.each(sql::fsck_counted, [&](store::Row const& row) {
        out[{std::string(row.text(0)), std::string(row.text(1))}] = row.integer(2);
    });
    add_counts<AgentId>(reader, sql::fsck_by_assignee, out);
    add_counts<TeamId>(reader, sql::fsck_by_team, out);
    add_counts<MailboxId>(reader, sql::fsck_by_mailbox, out);
    add_counts<LabelId>(reader, sql::fsck_by_label, out);
    return out;
}

}  // namespace

void check_conversations(store::Reader& reader, Office const& office,
                         std::function<void(Finding const&)> const& report) {
    Counts kept;
    reader.each(sql::counters, [&](store::Row const& row) {
        kept[{std::string(row.text(0)), std::string(row.text(1))}] = row.integer(2);
    });
    auto const right = counted(reader);
    for (auto const& [key, n] : right)
        if (auto const found = kept.find(key); found == kept.end() || found->second != n)
            report({key.first,
                    "its counter of " + key.second + " conversations is wrong: there are " + std::to_string(n)});
    for (auto const& [key, n] : kept)
        if (!right.contains(key))
            report({key.first, "its counter of " + key.second + " conversations is wrong: there are none"});

    auto const each_conversation = [&](store::Query const& query, std::string const& text) {
        for (auto const id : reader.all<ConversationId>(query)) report({to_text(id), text});
    };
    auto const each_message = [&](store::Query const& query, std::string const& text) {
        for (auto const id : reader.all<MessageId>(query)) report({to_text(id), text});
    };
    each_conversation(sql::fsck_message_counts, "it has another number of messages than it says");
    each_conversation(sql::fsck_places, "a mailbox or a label shows it in another state, or at another time");
    each_conversation(sql::fsck_states, "its state and its times do not belong together");
    each_message(sql::fsck_lost, "it belongs to no conversation");
    each_message(sql::fsck_mails, "the mail that it came as is not in the spool");
    each_message(sql::fsck_arrivals, "a key was used for it, and there is no such message");
    each_message(sql::fsck_attachments, "it has another number of attachments than it says");
    for (auto const id : reader.all<post::InboundId>(sql::fsck_handled))
        report({to_text(id), "the mail was taken for a conversation, and there is no message of it"});
    if (reader.one<std::int64_t>(sql::fsck_number).value_or(0) > 0)
        report({"conversations", "a number is higher than the last one that was given"});
    sla::check_promises(reader, report);
    routing::check_routing(reader, report);
    check_imports(reader, report);
    check_erased(reader, report);
    csat::check_ratings(reader, report);
    reader.each(sql::fsck_messages, [&](store::Row const& row) {
        MessageRow message;
        message.id = MessageId{row.integer(0)};
        message.wrapped_key = store::Blob{Bytes(row.blob(1))};
        message.sealed = store::Blob{Bytes(row.blob(2))};
        if (!words_of(office, message)) report({to_text(message.id), "its words cannot be opened"});
    });
}

}  // namespace rapport::conversation
