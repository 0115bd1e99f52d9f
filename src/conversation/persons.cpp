// Conversations of a person who is split in two.
#include "conversation/persons.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "conversation/rows.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation {
namespace {

enum class Whose : std::uint8_t { theirs, not_theirs, unknown };

bool has(std::vector<EmailAddress> const& addresses, std::string_view folded) {
    return std::ranges::any_of(addresses, [&](auto const& one) { return ascii_lower(one.value) == folded; });
}

Whose whose(store::Reader& reader, SplitPerson const& split, ConversationId id) {
    bool gone = std::ranges::find(split.proven, id) != split.proven.end(), left = false;
    for (auto const& one : participants_of(reader, id)) {
        gone = gone || has(split.gone, one.folded);
        left = left || has(split.left, one.folded);
    }
    if (!gone) return Whose::not_theirs;
    return left ? Whose::unknown : Whose::theirs;
}

}  // namespace

Expected<SplitConversations> split_person(store::Tx& tx, Act const& act, SplitPerson const& split) {
    SplitConversations out;
    auto const all = tx.all<ConversationId>(sql::conversations_of_customer, split.from);
    for (auto const id : all) {
        auto const verdict = whose(tx, split, id);
        if (verdict == Whose::unknown) out.left.push_back(id);
        if (verdict == Whose::theirs) out.moved.push_back(id);
    }
    if (out.moved.size() > most_split_conversations)
        return fail(ErrorKind::conflict, "too_many_conversations",
                    "These addresses have more than " + std::to_string(most_split_conversations) +
                        " conversations: that is more than one step can move.");
    for (auto const id : out.moved) {
        auto const before = lock_row(tx, id);
        if (!before || before->customer != split.from) continue;
        auto after = *before;
        after.customer = split.to;
        commit(tx, *before, after, act.now);
        tx.exec(sql::change_author, id, split.from, split.to);
        tx.exec(sql::change_rated, id, split.from, split.to);
        tell(tx, after, "conversation.customer_changed", act.actor, act.now, {{"from", to_text(split.from)}});
    }
    for (auto const id : tx.all<ConversationId>(sql::conversations_written_in, split.from))
        for (auto const& one : split.gone)
            tx.exec(sql::change_author_at, id, split.from, split.to, ascii_lower(one.value));
    return out;
}

}  // namespace rapport::conversation
