// The table itself: every pair of state and verb, and the page that is printed from it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "delivery/states.hpp"

namespace rapport::delivery {
namespace {

template <class F>
void each_pair(F f) {
    for (auto kind : {Kind::registered, Kind::plain})
        for (std::size_t s = 0; s < state_count; ++s)
            for (std::size_t v = 0; v < verb_count; ++v) f(kind, static_cast<State>(s), static_cast<Verb>(v));
}

TEST(DeliveryStates, every_pair_of_state_and_verb_has_at_most_one_row) {
    int allowed = 0;
    each_pair([&](Kind kind, State state, Verb verb) {
        int rows = 0;
        for (auto const& row : transitions) rows += row.kind == kind && row.verb == verb && row.from.has(state);
        EXPECT_LE(rows, 1) << json::enum_name(state) << " " << json::enum_name(verb);
        EXPECT_EQ(rows == 1, transition(kind, state, verb) != nullptr);
        allowed += rows;
    });
    EXPECT_EQ(allowed, 65);  // a change of the table is a change of the law of the house: count again
}

TEST(DeliveryStates, a_decision_or_the_deadline_ends_the_waiting_for_good) {
    each_pair([](Kind kind, State state, Verb verb) {
        auto const* row = transition(kind, state, verb);
        if (!row || !row->to || !over.has(state)) return;
        bool const within_content =
            open_to_recipient.has(state) && (open_to_recipient.has(*row->to) || *row->to == State::failed);
        EXPECT_TRUE(within_content || verb == Verb::send || verb == Verb::fail_sending)
            << json::enum_name(state) << " " << json::enum_name(verb);
    });
}

TEST(DeliveryStates, each_change_of_a_registered_delivery_leaves_evidence) {
    for (auto const& row : transitions) {
        if (row.kind == Kind::plain)
            EXPECT_FALSE(row.evidence);
        else if (row.to)
            EXPECT_TRUE(row.evidence) << row.words;
        if (row.evidence && row.kind == Kind::registered) EXPECT_EQ(evidence::info(*row.evidence).clause, row.clause);
    }
}

TEST(DeliveryStates, content_opens_only_by_way_of_acceptance) {
    each_pair([](Kind kind, State state, Verb verb) {
        auto const* row = transition(kind, state, verb);
        if (!row || !row->to || !open_to_recipient.has(*row->to) || open_to_recipient.has(state)) return;
        EXPECT_EQ(state, State::accepted);
    });
}

TEST(DeliveryStates, the_printed_page_is_up_to_date) {
    std::string const path = "docs/delivery-states.md";
    if (std::getenv("RAPPORT_WRITE_DOCS")) std::ofstream(path) << states_page();
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), states_page())
        << "run RAPPORT_WRITE_DOCS=1 delivery_test --gtest_filter='DeliveryStates.*' in the root folder";
}

}  // namespace
}  // namespace rapport::delivery
