// Erasing conversations, in one transaction.
#include "conversation/erasure/erase.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "conversation/csat/csat.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "post/erase.hpp"

namespace rapport::conversation {
namespace {

constexpr int most_merges = 20;

class Eraser {
  public:
    Eraser(store::Tx& tx, Office const& office, Act const& act, std::string_view reason)
        : tx_(tx), office_(office), act_(act), reason_(reason) {}

    Expected<> conversation(ConversationId id, int depth = 0) {
        auto const before = lock_row(tx_, id);
        if (!before) return fail(no_such_conversation());
        if (!before->wrapped_key) return fail(content_erased());
        for (auto const& row : tx_.all<MessageRow>(sql::messages_to_erase, id)) message(row);
        // What was merged into it stands here, under a cover of its own.
        if (depth < most_merges)
            for (auto const merged : tx_.all<ConversationId>(sql::merged_into, id)) {
                auto const done = conversation(merged, depth + 1);
                if (!done && done.error().code != "content_erased") return done;
            }
        if (before->merged_into) tx_.exec(sql::erase_participants_of_origin, *before->merged_into, id);
        tx_.exec(sql::erase_participants, id);
        tx_.exec(sql::erase_field_values, id);
        tx_.exec(sql::erase_drafts, id);
        tx_.exec(sql::erase_suggestions, id);
        for (auto const one : labels_of(tx_, id)) unlabel(tx_, *before, one);
        tx_.exec(sql::erase_conversation, id);
        settle(*before);
        for (auto const rating : tx_.all<csat::RatingId>(sql::ratings_to_erase, id)) this->rating(rating);
        looking(id);
        out_.conversations.push_back(id);
        return {};
    }

    void message(MessageRow const& row) {
        if (!row.wrapped_key) return;
        for (auto const& blob : {row.text_blob, row.html_blob})
            if (blob) office_.blobs.drop(tx_, *blob);
        for (auto const& file : attachments_of(tx_, row.id)) {
            office_.blobs.drop(tx_, file.blob);
            tx_.exec(sql::erase_attachment, file.id);
            ++out_.files;
        }
        tx_.exec(sql::delete_references, row.id);
        tx_.exec(sql::erase_message, row.id);
        if (row.inbound) post::erase_mail(tx_, office_.blobs, *row.inbound);
        // Of an answer; and that something has arrived was told, too.
        post::erase_letters(tx_, office_.blobs, to_text(row.id), act_.now);
        ++out_.messages;
    }

    // And the letter that asked for it.
    void rating(csat::RatingId id) {
        post::erase_letters(tx_, office_.blobs, to_text(id), act_.now);
        tx_.exec(sql::erase_rating, id);
    }

    ErasedConversations done() { return std::move(out_); }

  private:
    // Who of us looked at it. Marks are found by their agent alone.
    void looking(ConversationId id) {
        tx_.exec(sql::erase_lookers, id);
        if (!agents_) agents_ = people::list_agents(tx_);
        for (auto const& agent : *agents_) tx_.exec(sql::erase_mark, agent.id, id);
    }

    // Nobody waits for what nobody can read.
    void settle(ConversationRow const& before) {
        auto after = *find_row(tx_, before.id);
        if (transition(after.state, Verb::resolve))
            if (auto const moved = move(after, Verb::resolve, act_.now); !moved) return;
        after.waiting_since.reset();
        commit(tx_, before, after, act_.now);
        tell(tx_, after, "conversation.erased", act_.actor, act_.now);
        people::audit(tx_, act_, "conversation.erased", to_text(before.id), people::AuditOutcome::done,
                      {{"reason", reason_}});
    }

    store::Tx& tx_;
    Office const& office_;
    Act const& act_;
    std::string_view reason_;
    std::optional<std::vector<people::Agent>> agents_;
    ErasedConversations out_;
};

}  // namespace

Expected<ErasedConversations> erase_conversation(store::Tx& tx, Office const& office, Act const& act, ConversationId id,
                                                 std::string_view reason) {
    Eraser eraser(tx, office, act, reason);
    if (auto const done = eraser.conversation(id); !done) return fail(done.error());
    return eraser.done();
}

std::vector<ConversationId> conversations_of(store::Reader& reader, CustomerId customer) {
    std::vector<ConversationId> out;
    for (auto const id : reader.all<ConversationId>(sql::conversations_of_customer, customer))
        if (auto const row = find_row(reader, id); row && row->wrapped_key) out.push_back(id);
    return out;
}

std::int64_t erase_messages_of(store::Tx& tx, Office const& office, Act const& act, CustomerId customer,
                               std::vector<EmailAddress> const& addresses) {
    Eraser eraser(tx, office, act, "");
    for (auto const id : tx.all<ConversationId>(sql::conversations_written_in, customer)) {
        auto const before = lock_row(tx, id);
        if (!before || !before->wrapped_key) continue;
        for (auto const& row : tx.all<MessageRow>(sql::messages_by_customer, id, customer)) eraser.message(row);
        for (auto const& one : addresses) tx.exec(sql::erase_participant, id, ascii_lower(one.value));
        // Its cover may show the words that were erased.
        auto after = *before;
        auto cover = cover_of(office, *before);
        cover.preview.clear();
        if (before->customer == customer) cover.name.clear();
        set_cover(office, after, cover);
        commit(tx, *before, after, act.now);
        tell(tx, after, "conversation.partly_erased", act.actor, act.now);
    }
    for (auto const rating : tx.all<csat::RatingId>(sql::ratings_of_customer, customer)) eraser.rating(rating);
    return eraser.done().messages;
}

void check_erased(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (auto const id : reader.all<ConversationId>(sql::fsck_erased))
        report({to_text(id), "it was erased, and something of it can still be read"});
    for (auto const id : reader.all<MessageId>(sql::fsck_erased_files))
        report({to_text(id), "it was erased, and a file of it can still be read"});
}

}  // namespace rapport::conversation
