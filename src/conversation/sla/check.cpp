// fsck: clocks are computed anew from the facts, and compared with what rows and lists say.
#include "conversation/sla/verbs.hpp"
#include "conversation/sql.hpp"

namespace rapport::conversation::sla {
namespace {

void check_one(store::Reader& reader, ConversationId id, std::function<void(Finding const&)> const& report) {
    auto const row = find_row(reader, id);
    if (!row) return;
    auto right = *row;
    right.sla_next_at.reset();
    right.due_at.reset();
    right.due.reset();
    auto const promise = row->sla_terms ? find_promise(reader, *row->sla_terms) : nullptr;
    // Clocks do not depend on when they are asked; alarms that have rung since are told of.
    if (promise) set_clocks(reader, right, clocks_of(reader, *promise, id, row->changed_at));
    if (right.due != row->due || right.due_at != row->due_at)
        report({to_text(id), "what it says to be due is not what follows from what happened"});
    if (right.sla_next_at != row->sla_next_at)
        report({to_text(id), "its alarm is set to another time than what happened asks for"});
}

}  // namespace

void check_promises(store::Reader& reader, std::function<void(Finding const&)> const& report) {
    for (ConversationId last{0};;) {
        auto const ids = reader.all<ConversationId>(sql::fsck_promised, last);
        for (auto const id : ids) check_one(reader, id, report);
        if (ids.empty()) break;
        last = ids.back();
    }
    for (auto const id : reader.all<ConversationId>(sql::fsck_lost_terms))
        report({to_text(id), "what was promised to it is not written anywhere"});
    for (auto const id : reader.all<ConversationId>(sql::fsck_lost_facts))
        report({to_text(id), "a fact of its clocks is of no conversation, or of no message"});
    for (auto const id : reader.all<ConversationId>(sql::fsck_unheard))
        report({to_text(id), "its clocks have not heard of a message"});
}

}  // namespace rapport::conversation::sla
