// Segments become one: documents in order, then every term's lists, newest first.
#include <algorithm>
#include <queue>

#include "base/error.hpp"
#include "search/build.hpp"

namespace rapport::search {
namespace {

struct Plan {
    std::vector<Doc> docs;                       // of the new segment, in order
    std::vector<std::vector<Ordinal>> ordinals;  // of each input's documents there; none: deleted
};

Plan plan_of(std::span<MergeInput const> inputs) {
    struct Came {
        Doc doc;
        std::uint32_t input;
        Ordinal ordinal;
    };
    std::vector<Came> all;
    Plan plan;
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
        auto const& [segment, deleted] = inputs[i];
        plan.ordinals.emplace_back(static_cast<std::size_t>(segment->docs()), none);
        for (Ordinal n = 0; n < segment->docs(); ++n)
            if (!deleted || !(*deleted)[static_cast<std::size_t>(n)]) all.push_back({segment->doc(n), i, n});
    }
    std::ranges::sort(all, {}, [](Came const& one) { return one.doc; });
    plan.docs.reserve(all.size());
    for (auto const& one : all) {
        plan.ordinals[one.input][static_cast<std::size_t>(one.ordinal)] = static_cast<Ordinal>(plan.docs.size());
        plan.docs.push_back(one.doc);
    }
    return plan;
}

// The lists of one input, one term after the other, in the new order.
struct Stream {
    Segment const* segment;
    std::vector<Ordinal> const* ordinals;
    std::optional<Postings> postings = {};
    Ordinal doc = none;

    void read(TermFacts const& facts, bool places) {
        if (postings)
            postings->read(facts, places);
        else
            postings.emplace(*segment, facts, places);
    }
    bool settle() {  // past what is deleted
        while (postings->doc() != none) {
            doc = (*ordinals)[static_cast<std::size_t>(postings->doc())];
            if (doc != none) return true;
            postings->next();
        }
        return false;
    }
    bool next() {
        postings->next();
        return settle();
    }
};

void merge_term(std::string_view term, std::vector<Stream>& streams, std::span<std::size_t const> with,
                SegmentWriter& writer) {
    bool const keeps_places = has_places(term);
    static std::vector<std::uint32_t> const no_places;
    writer.begin(term);
    auto const older = [&](std::size_t a, std::size_t b) { return streams[a].doc < streams[b].doc; };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(older)> newest(older);
    for (auto const i : with)
        if (streams[i].settle()) newest.push(i);
    while (!newest.empty()) {
        auto const i = newest.top();
        newest.pop();
        auto& stream = streams[i];
        auto const until = newest.empty() ? none : streams[newest.top()].doc;
        bool more = true;
        do {
            writer.add(stream.doc, keeps_places ? stream.postings->places() : no_places);
            more = stream.next();
        } while (more && stream.doc > until);
        if (more) newest.push(i);
    }
    writer.end();
}

}  // namespace

std::optional<SegmentFacts> merge(std::span<MergeInput const> inputs, std::unique_ptr<Sink> dictionary,
                                  std::unique_ptr<Sink> postings, std::function<bool()> const& stop) {
    auto const plan = plan_of(inputs);
    SegmentWriter writer(std::move(dictionary), std::move(postings), plan.docs);
    std::vector<Segment::Walk> walks;
    std::vector<Stream> streams;
    std::vector<std::size_t> alive, still, with;
    for (auto const& input : inputs) {
        auto& walk = walks.emplace_back(*input.segment);
        streams.push_back({input.segment.get(), &plan.ordinals[streams.size()]});
        if (walk.next()) alive.push_back(walks.size() - 1);
    }
    std::string term;
    for (std::size_t n = 0; !alive.empty(); ++n) {
        if (n % 256 == 0 && stop()) return std::nullopt;
        term =
            walks[*std::ranges::min_element(alive, {}, [&](std::size_t i) -> auto const& { return walks[i].term(); })]
                .term();
        still.clear();
        with.clear();
        for (auto const i : alive) {
            if (walks[i].term() != term) {
                still.push_back(i);
                continue;
            }
            streams[i].read(walks[i].facts(), has_places(term));
            with.push_back(i);
            if (walks[i].next()) still.push_back(i);
        }
        merge_term(term, streams, with, writer);
        alive.swap(still);
    }
    return writer.finish();
}

}  // namespace rapport::search
