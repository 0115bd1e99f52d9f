// The module, the letters that say that something has arrived, and what is deleted by itself.
#include "base/log.hpp"
#include "forms/page.hpp"
#include "forms/submit.hpp"

namespace rapport::forms {
namespace {

namespace email = channels::email;

std::string text_in(json::Object const& data, std::string_view name) {
    auto const* found = data.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

Expected<post::Content> letter_of(json::Object const& data, std::string const& organisation) {
    Locale locale{};
    from_text(text_in(data, "locale"), locale);
    Filling const fill{
        {"organisation", organisation}, {"title", text_in(data, "title")}, {"reference", text_in(data, "reference")}};
    post::Content made{locale, say(locale, "letter_subject", fill), say(locale, "letter_text", fill), {}, {}};
    post::Correspondence as;
    EmailAddress from, reply_to, to;
    if (!from_text(text_in(data, "from"), from) || !from_text(text_in(data, "reply_to"), reply_to) ||
        !from_text(text_in(data, "to"), to))
        return fail(ErrorKind::invalid, "no_sender", "The mailbox's address cannot send.");
    as.from = {email::HeaderText(text_in(data, "name")), from};
    as.to = {{email::HeaderText(""), to}};
    as.reply_to = reply_to;
    as.message_id = text_in(data, "message_id");
    as.automatic = true;
    made.correspondence = std::move(as);
    return made;
}

}  // namespace

Forms::Forms(conversation::Conversations& conversations, std::string organisation, std::string public_url)
    : conversations_(conversations),
      organisation_(std::move(organisation)),
      public_url_(std::move(public_url)),
      page_key_(conversations.office().keyring.derive("forms.page")),
      writer_key_(conversations.office().keyring.derive("forms.writer")) {}

void Forms::hear_from(post::Post& post) {
    post.on_load(std::string(received_purpose),
                 [this](std::vector<post::LetterKey> keys) -> Task<std::vector<Expected<post::Draw>>> {
                     std::vector<Expected<post::Draw>> draws;
                     for (auto const& key : keys) {
                         auto made = letter_of(key.data, organisation_);
                         draws.emplace_back(post::Draw([made]() -> Task<Expected<post::Content>> { co_return made; }));
                     }
                     co_return draws;
                 });
}

Task<> Forms::tidy_up() {
    std::size_t gone = 0;
    do {
        auto const now = clock()();
        auto const old = [&](store::Tx& tx) { return discard_old(tx, *this, now); };
        gone = co_await store().write(old);
        if (gone > 0) log::info("held_submissions_deleted", {{"count", gone}});
    } while (gone > 0);
}

}  // namespace rapport::forms
