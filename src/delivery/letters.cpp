// What the post room asks for before it sends a plain notice: its words and files, which stand here, encrypted, and not
// in the outbox.
#include "delivery/row.hpp"
#include "post/post.hpp"

namespace rapport::delivery {
namespace {

struct Kept {
    DeliveryId id;
    int files = 0;
    Composer::Draw draw;
};

Expected<Kept> find_words(store::Reader& reader, Office const& office, std::string_view owner) {
    DeliveryId id;
    auto const row = from_text(owner, id) ? find_row(reader, id) : std::nullopt;
    if (!row) return fail(no_such_delivery());
    auto const message = message_bytes(reader, office, *row);
    if (!message) return fail(message.error());
    auto draw = words_of(reader, office, *row, *message);
    if (!draw) return fail(draw.error());
    return Kept{id, static_cast<int>(row->files), std::move(*draw)};
}

// Files are read one letter at a time, when it is being sent: they may be large.
Task<Expected<post::Content>> draw_letter(Deliveries& deliveries, Kept kept) {
    auto words = kept.draw();
    if (!words) co_return fail(words.error());
    post::Content made{words->locale, std::move(words->subject), std::move(words->text), std::move(words->html), {}};
    if (kept.files == 0) co_return made;
    auto parts = co_await deliveries.store().read([&](store::Reader& reader) -> Expected<std::vector<Part>> {
        std::vector<Part> all;
        for (int number = 1; number <= kept.files; ++number) {
            auto part = content(reader, deliveries.office(), kept.id, number);
            if (!part) return fail(part.error());
            all.push_back(std::move(*part));
        }
        return all;
    });
    if (!parts) co_return fail(parts.error());
    for (auto& part : *parts)
        made.attachments.push_back({channels::email::HeaderText(part.name), part.media_type, std::move(part.bytes)});
    co_return made;
}

}  // namespace

Task<std::vector<Expected<post::Draw>>> Deliveries::load_letters(std::vector<post::LetterKey> keys) {
    auto found = co_await store_.read([&](store::Reader& reader) {
        std::vector<Expected<Kept>> all;
        for (auto const& key : keys) all.push_back(find_words(reader, office_, key.owner));
        return all;
    });
    std::vector<Expected<post::Draw>> draws;
    for (auto& one : found) {
        if (!one) {
            draws.emplace_back(fail(one.error()));
            continue;
        }
        draws.emplace_back(post::Draw([this, kept = std::move(*one)] { return draw_letter(*this, kept); }));
    }
    co_return draws;
}

}  // namespace rapport::delivery
