// Which messages are a visitor's.
#include "live/sight.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "live/sql.hpp"

namespace rapport::live {
namespace {

constexpr int most_merges = 20;  // one into another into another

struct Merged {
    ConversationId into;
    Time at{};
};
BOOST_DESCRIBE_STRUCT(Merged, (), (into, at))

}  // namespace

Sight::Sight(store::Reader& reader, ThreadRow const& thread)
    : reader_(reader), thread_(thread), holder_(thread.id), since_{{thread.id, Time{}}} {
    Time at{};
    for (int i = 0; i < most_merges; ++i) {
        auto const merged = reader.one<Merged>(sql::merged, holder_);
        if (!merged) break;
        holder_ = merged->into;
        at = std::max(at, merged->at);
        since_.try_emplace(holder_, at);
    }
}

bool Sight::sees(conversation::MessageView const& message) {
    using conversation::Channel, conversation::Direction;
    if (message.direction == Direction::note || message.erased) return false;
    bool const out = message.direction == Direction::out, began_here = message.origin == thread_.id;
    if (message.channel == Channel::chat) {
        auto const found = since_.find(message.origin);
        return out ? found != since_.end() && message.at >= found->second : began_here;
    }
    if (message.channel != Channel::email || !began_here) return false;
    if (!out) return is_theirs(message.from.address);
    auto const goes_to = [&](auto const& list) {
        return std::ranges::any_of(list, [&](auto const& one) { return is_theirs(one.address); });
    };
    return goes_to(message.to) || goes_to(message.cc);
}

bool Sight::is_theirs(std::string_view address) {
    if (!addresses_) {
        addresses_.emplace();
        for (auto const& one : addresses_of(reader_, thread_)) addresses_->push_back(ascii_lower(one.value));
    }
    return std::ranges::find(*addresses_, ascii_lower(address)) != addresses_->end();
}

Sight::Unread Sight::unread(MessageId after) const {
    Unread all;
    for (auto const& [origin, at] : since_)
        reader_.each(
            sql::unread_in,
            [&](store::Row const& row) {
                all.count += row.integer(0);
                all.newest.value = std::max(all.newest.value, row.integer(1));
            },
            holder_, after, origin, at);
    return all;
}

std::vector<EmailAddress> addresses_of(store::Reader& reader, ThreadRow const& thread) {
    std::vector<EmailAddress> all;
    auto const visitor = reader.one<VisitorRow>(sql::find_visitor, thread.visitor);
    EmailAddress address;
    if (visitor && visitor->address && from_text(*visitor->address, address)) all.push_back(std::move(address));
    if (!thread.customer) return all;
    for (auto const& one : people::addresses_of(reader, *thread.customer))
        if (one.verified_at) all.push_back(one.email());
    return all;
}

}  // namespace rapport::live
