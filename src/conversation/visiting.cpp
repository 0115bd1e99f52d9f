// Writers who come back: their files, their name, mails about answers that another channel carried.
#include "conversation/visiting.hpp"

#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"

namespace rapport::conversation {

void recognise(store::Tx& tx, Office const& office, ConversationId id, CustomerId customer,
               std::optional<EmailAddress> const& address, std::string_view name, Actor const& by, Time now) {
    auto const before = lock_row(tx, holder_of(tx, id));
    if (!before) return;
    auto const participant = address ? participant_for(tx, before->id, *address, Role::sender, now) : std::nullopt;
    if (participant) tx.exec(sql::prove_participant, *participant, now);
    if (before->customer) return;
    auto after = *before;
    after.customer = customer;
    auto cover = cover_of(office, *before);
    cover.name = !name.empty() ? std::string(name) : address && cover.name.empty() ? address->value : cover.name;
    set_cover(office, after, cover);
    commit(tx, *before, after, now);
    tell(tx, after, "conversation.recognised", by, now, {});
}

void hold(store::Tx& tx, ConversationId id) { lock_thing(tx, id.value); }

Expected<std::function<AttachmentId(store::Tx&)>> prepare_upload(Office const& office, std::int64_t uploader,
                                                                 std::string_view name, ByteView bytes, Time now) {
    auto file = plan_upload(office, Actor{ActorKind::customer, uploader}, name, bytes, now);
    if (!file) return fail(file.error());
    auto const kept = std::make_shared<PreparedFile const>(std::move(*file));
    return [&office, kept](store::Tx& tx) {
        keep_file(tx, office, *kept);
        return kept->row.id;
    };
}

std::optional<MessageId> message_of_file(store::Reader& reader, AttachmentId id) {
    auto const row = reader.one<AttachmentRow>(sql::find_attachment, id);
    return row ? row->message : std::nullopt;
}

Expected<ReturnAddress> correspond(store::Tx& tx, Office const& office, ConversationId id, EmailAddress const& to,
                                   MessageId about, Time now) {
    auto const row = lock_row(tx, id);
    auto const mailbox = row ? find_mailbox(tx, row->mailbox) : std::nullopt;
    if (!mailbox) return fail(no_such_conversation());
    ReturnAddress out{mailbox->name, mailbox->address, mailbox->address,
                      office.tokens.message_id(about, mailbox->address.domain())};
    if (auto const participant = participant_for(tx, id, to, Role::recipient, now))
        out.reply_to = office.tokens.reply_address(mailbox->address, *participant);
    tx.exec(sql::insert_reference, reference_digest(out.message_id), about, true);
    return out;
}

}  // namespace rapport::conversation
