// What the post room asks for before an answer leaves, and what it says afterwards.
#include <algorithm>

#include "conversation/reply.hpp"
#include "conversation/scanning/scanner.hpp"
#include "conversation/sql.hpp"
#include "conversation/uploads.hpp"

namespace rapport::conversation {
namespace {

namespace email = channels::email;

struct Kept {
    MessageRow row;
    Words words;
    std::string text;
    std::optional<EmailAddress> reply_to;
};

std::vector<email::Mailbox> mailboxes_of(std::vector<MailAddress> const& list) {
    std::vector<email::Mailbox> out;
    for (auto const& one : list)
        if (EmailAddress address; from_text(one.address, address))
            out.push_back({email::HeaderText(one.name), std::move(address)});
    return out;
}

Expected<Kept> find_words(store::Reader& reader, Office const& office, post::LetterKey const& letter) {
    MessageId id;
    auto row = from_text(letter.owner, id) ? find_message_row(reader, id) : std::nullopt;
    if (!row || row->state == MessageState::withdrawn)
        return fail(ErrorKind::not_found, "not_found", "There is no such message.");
    auto words = words_of(office, *row);
    if (!words) return fail(words.error());
    auto text = text_of(reader, office, *row);
    if (!text) return fail(text.error());
    std::optional<EmailAddress> reply_to;
    ParticipantId participant;
    auto const* said = letter.data.if_contains("participant");
    EmailAddress own;
    if (said && said->is_string() && from_text(std::string_view(said->get_string()), participant) &&
        from_text(words->from.address, own))
        reply_to = office.tokens.reply_address(own, participant);
    return Kept{std::move(*row), std::move(*words), std::move(*text), std::move(reply_to)};
}

// HTML and files are read one letter at a time, when it is being sent: they may be large.
Task<Expected<post::Content>> draw_letter(Conversations& module, Kept kept) {
    auto const& office = module.office();
    post::Content made{kept.words.locale, kept.words.subject, std::move(kept.text), {}, {}};
    post::Correspondence as;
    EmailAddress from;
    if (!from_text(kept.words.from.address, from))
        co_return fail(ErrorKind::invalid, "no_sender", "The mailbox's address cannot send.");
    as.from = {email::HeaderText(kept.words.from.name), from};
    as.to = mailboxes_of(kept.words.to);
    as.cc = mailboxes_of(kept.words.cc);
    as.reply_to = kept.reply_to;
    as.message_id = kept.words.message_id;
    as.in_reply_to = kept.words.in_reply_to;
    as.references = kept.words.references;
    made.correspondence = std::move(as);
    if (!kept.row.html_blob && kept.row.attachments == 0) co_return made;
    auto const read = [&](store::Reader& reader) -> Expected<> {
        if (kept.row.html_blob) {
            auto html = html_of(reader, office, kept.row.id);
            if (!html) return fail(html.error());
            made.html = std::move(*html);
        }
        // Found after it was written, and before it leaves.
        if (auto const scan = infected_in(reader, kept.row.id)) return fail(infected(*scan));
        for (auto const& file : attachments_of(reader, kept.row.id)) {
            auto const name = name_of(office, file);
            auto bytes = bytes_of(reader, office, file);
            if (!bytes) return fail(bytes.error());
            made.attachments.push_back(
                {email::HeaderText(name ? name->name : "attachment"), file.media_type, std::move(*bytes)});
        }
        return {};
    };
    auto const done = co_await module.store().read(read);
    if (!done) co_return fail(done.error());
    co_return made;
}

int badness(MessageState state) {
    switch (state) {
        case MessageState::failed:
            return 4;
        case MessageState::unknown:
            return 3;
        case MessageState::queued:
            return 2;
        default:
            return 1;
    }
}

MessageState state_of(post::State letter) {
    switch (letter) {
        case post::State::accepted:
            return MessageState::sent;
        case post::State::failed:
        case post::State::cancelled:
            return MessageState::failed;
        case post::State::unknown:
            return MessageState::unknown;
        case post::State::queued:
        case post::State::attempting:
            break;
    }
    return MessageState::queued;
}

// Over all recipients the worst counts; a letter that came back has failed, whatever its row says.
MessageState state_over(store::Reader& reader, MessageId id) {
    auto worst = MessageState::sent;
    for (auto const& letter : post::letters_of(reader, to_text(id))) {
        auto state = state_of(letter.state);
        if (state == MessageState::sent)
            for (auto const& bounce : post::bounces_of(reader, letter.id))
                if (bounce.told) state = MessageState::failed;
        if (badness(state) > badness(worst)) worst = state;
    }
    return worst;
}

void settle(store::Tx& tx, std::string_view owner, bool came_back, Time at) {
    MessageId id;
    auto const found = from_text(owner, id) ? find_message_row(tx, id) : std::nullopt;
    if (!found || found->state == MessageState::withdrawn) return;
    auto const conversation = lock_row(tx, found->conversation);
    auto const row = find_message_row(tx, id);
    auto const state = came_back ? MessageState::failed : state_over(tx, id);
    if (!conversation || !row || row->state == state) return;
    tx.exec(sql::set_message_state, id, state);
    auto const* kind = state == MessageState::sent     ? "message.left"
                       : state == MessageState::failed ? "message.failed"
                       : state == MessageState::queued ? "message.queued"
                                                       : "message.unknown";
    tell(tx, *conversation, kind, Actor{}, at, {{"message", to_text(id)}});
}

}  // namespace

Task<std::vector<post::Finish>> Conversations::plan_outcomes(std::vector<post::Outcome> outcomes) {
    std::vector<post::Finish> finishes;
    for (auto const& outcome : outcomes)
        finishes.emplace_back(
            [owner = outcome.owner, at = outcome.at](store::Tx& tx) { settle(tx, owner, false, at); });
    co_return finishes;
}

Task<std::vector<Expected<post::Draw>>> Conversations::load_letters(std::vector<post::LetterKey> keys) {
    auto found = co_await store_.read([&](store::Reader& reader) {
        std::vector<Expected<Kept>> all;
        for (auto const& key : keys) all.push_back(find_words(reader, office_, key));
        return all;
    });
    std::vector<Expected<post::Draw>> draws;
    for (auto& one : found) {
        if (!one)
            draws.emplace_back(fail(one.error()));
        else
            draws.emplace_back(post::Draw([this, kept = std::move(*one)] { return draw_letter(*this, kept); }));
    }
    co_return draws;
}

void Conversations::hear_from(post::Post& post) {
    post.on_outcomes("reply", [this](std::vector<post::Outcome> outcomes) -> Task<std::vector<post::Finish>> {
        return plan_outcomes(std::move(outcomes));
    });
    post.on_load("rating", [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
        return load_rating_letters(std::move(keys));
    });
    post.on_load("reply", [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
        return load_letters(std::move(keys));
    });
}

void Conversations::hear_bounces(post::Bounces& bounces) {
    bounces.on_bounce("reply", [](store::Reader&, post::Bounced const& bounced) -> post::Finish {
        return [owner = bounced.owner, at = bounced.at](store::Tx& tx) { settle(tx, owner, true, at); };
    });
}

}  // namespace rapport::conversation
