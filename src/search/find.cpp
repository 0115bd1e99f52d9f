// A search over several segments: the newest hit of each, the newest of these first.
#include <algorithm>

#include "base/bytes.hpp"
#include "search/shelves.hpp"

namespace rapport::search {

Finder::Finder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Finder::Finder(Finder&&) noexcept = default;
Finder& Finder::operator=(Finder&&) noexcept = default;
Finder::~Finder() = default;
bool Finder::gave_up() const { return state_->gave_up; }
bool Finder::cut() const { return state_->cut; }

void Finder::State::add(MergeInput const& input) {
    auto const& segment = *input.segment;
    if (segment.docs() > 0) streams.push_back({input, nullptr, 0, segment.doc(segment.docs() - 1)});
}

bool Finder::State::open(Stream& stream) {
    opened = true;
    auto const& segment = *stream.input.segment;
    stream.matcher = matcher_of(segment, query, cut);
    constexpr auto first = std::numeric_limits<std::int64_t>::min();
    if (query.after) stream.oldest = segment.last_before(micros(*query.after), first) + 1;
    if (query.before) stream.matcher->advance(segment.last_before(micros(*query.before), first));
    return settle(stream);
}

bool Finder::State::late() {
    if (++steps % 64 != 0 || gave_up) return gave_up;
    return expired();
}

bool Finder::State::expired() { return gave_up = gave_up || std::chrono::steady_clock::now() > options.deadline; }

// To the first hit from where the matcher stands; false: there is none.
bool Finder::State::settle(Stream& stream) {
    auto& matcher = *stream.matcher;
    for (auto at = matcher.doc(); at != none && at >= stream.oldest && !late(); at = matcher.advance(at - 1)) {
        if (stream.input.deleted && (*stream.input.deleted)[static_cast<std::size_t>(at)]) continue;
        stream.doc = stream.input.segment->doc(at);
        if (!options.groups || std::ranges::binary_search(*options.groups, stream.doc.group)) return true;
    }
    return false;
}

// A segment is opened when nothing newer is left in others, so that a page of the newest asks few of them; the newest
// one whatever the time is.
std::optional<Hit> Finder::next() {
    auto& streams = state_->streams;
    while (!streams.empty()) {
        auto const newest = std::ranges::max_element(streams, {}, [](auto const& one) { return one.doc; });
        if (!newest->matcher) {
            if ((state_->opened && state_->expired()) || !state_->open(*newest)) streams.erase(newest);
            continue;
        }
        Hit const hit{newest->doc.object, newest->doc.group, time_from_micros(newest->doc.time)};
        newest->matcher->advance(newest->matcher->doc() - 1);
        if (!state_->settle(*newest)) streams.erase(newest);
        return hit;
    }
    return std::nullopt;
}

bool is_behind(Hit const& hit, Hit const& place) {
    return std::pair(hit.time, hit.object) < std::pair(place.time, place.object);
}

std::string cursor_at(Hit const& place) {
    return to_base32(static_cast<std::uint64_t>(micros(place.time))) +
           to_base32(static_cast<std::uint64_t>(place.object));
}

Expected<std::optional<Hit>> place_from(std::string_view cursor) {
    constexpr std::size_t half = 13;
    if (cursor.empty()) return std::optional<Hit>();
    auto const time = cursor.size() == 2 * half ? from_base32(cursor.substr(0, half)) : std::nullopt;
    auto const object = cursor.size() == 2 * half ? from_base32(cursor.substr(half)) : std::nullopt;
    if (!time || !object || *time >> 63 || *object >> 63)
        return fail(ErrorKind::invalid, "bad_cursor", "This cursor is not one of ours.",
                    {{"/after", "must be the `next` of an earlier page", "leave it out to begin at the newest"}});
    return std::optional(
        Hit{static_cast<std::int64_t>(*object), 0, time_from_micros(static_cast<std::int64_t>(*time))});
}

}  // namespace rapport::search
