// Fields, attributes of customers, segments and saved views, on both engines.
#include "desk/views.hpp"
#include "desk/desk_fixture.hpp"

namespace rapport::desk {
namespace {

using conversation::ConversationChange;
using testing::ElementsAre, testing::IsEmpty, testing::SizeIs;

class Views : public DeskTest {
  protected:
    conversation::FieldView field(std::string key, FieldKind kind, bool required = false,
                                  std::vector<std::string> choices = {}, std::vector<TeamId> teams = {}) {
        conversation::NewField wanted;
        wanted.key = {key};
        wanted.name = {"Field " + key};
        wanted.kind = kind;
        wanted.required = required;
        wanted.teams = std::move(teams);
        for (auto& one : choices) wanted.choices.push_back({std::move(one)});
        return store().write_now([&](store::Tx& tx) { return create_field(tx, operator_act(), wanted).value(); });
    }
    Expected<conversation::ConversationView> fill(ConversationId id, FieldValues values) {
        ConversationChange wanted;
        wanted.fields = std::move(values);
        return change(id, wanted);
    }
    Expected<conversation::ConversationView> resolve(ConversationId id, FieldValues values = {}) {
        ConversationChange wanted;
        wanted.state = State::resolved;
        if (!values.empty()) wanted.fields = std::move(values);
        return change(id, wanted);
    }
    void describe() {
        AttributeSchema schema;
        schema.attributes = {{{"plan"}, {"Plan"}, FieldKind::choice, {{"basic"}, {"gold"}}},
                             {{"spent"}, {"Spent"}, FieldKind::number, {}},
                             {{"since"}, {"Since"}, FieldKind::date, {}},
                             {{"note"}, {"Note"}, FieldKind::text, {}}};
        ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return describe_attributes(tx, operator_act(), schema); }));
    }
    Expected<CustomerAttributes> put(CustomerId id, FieldValues values) {
        return store().write_now(
            [&](store::Tx& tx) { return put_attributes(tx, office(), act(), me(), id, {std::move(values)}); });
    }
    SegmentId segment(std::vector<Condition> all) {
        NewSegment wanted;
        wanted.name = {"Gold"};
        wanted.audience = Audience::own;
        wanted.all = std::move(all);
        auto const made = store().write_now([&](store::Tx& tx) { return create_segment(tx, act(), me(), wanted); });
        EXPECT_TRUE(made) << made.error().text;
        return made->id;
    }
    Expected<ViewView> keep_view(Filter filter, std::optional<Who> who = {}) {
        NewView wanted;
        wanted.name = {"View"};
        wanted.audience = Audience::own;
        wanted.filter = std::move(filter);
        return store().write_now([&](store::Tx& tx) { return create_view(tx, act(), who.value_or(me()), wanted); });
    }
    std::vector<ConversationId> shown(Filter filter) {
        auto const kept = keep_view(std::move(filter));
        EXPECT_TRUE(kept) << kept.error().text;
        std::vector<ConversationId> out;
        ViewQuery query;
        query.limit = 2;
        for (int pages = 0; pages < 50; ++pages) {
            auto const page = store().read_now([&](store::Reader& reader) {
                return conversations_of(reader, office(), me(), kept->id, query, now()).value();
            });
            for (auto const& one : page.items) out.push_back(one.id);
            if (!page.next) return out;
            query.after = *page.next;
        }
        ADD_FAILURE() << "it never ends";
        return out;
    }
    static Condition condition(std::string attribute, Is test, std::optional<json::Value> value = {}) {
        return {{std::move(attribute)}, test, std::move(value)};
    }
};
RAPPORT_ON_BOTH_ENGINES(Views);

TEST_P(Views, fields_take_values_of_their_kind_alone) {
    auto const id = begun();
    field("contract", FieldKind::text);
    field("amount", FieldKind::number);
    field("due", FieldKind::date);
    field("reason", FieldKind::choice, false, {"broken", "late"});
    field("refunded", FieldKind::yes_no);
    auto const filled = fill(
        id, {{"contract", "A-1"}, {"amount", 12.5}, {"due", "2026-12-01"}, {"reason", "late"}, {"refunded", false}});
    ASSERT_TRUE(filled) << filled.error().text;
    EXPECT_EQ(filled->fields.size(), 5U);
    EXPECT_EQ(filled->fields.at("amount").to_number<double>(), 12.5);
    EXPECT_EQ(events("conversation.filled_in"), 1);
    auto const pointer_of = [&](FieldValues values) {
        auto const done = fill(id, std::move(values));
        return done ? std::string() : done.error().fields.at(0).pointer;
    };
    EXPECT_EQ(pointer_of({{"amount", "much"}}), "/fields/amount");
    EXPECT_EQ(pointer_of({{"due", "2026-02-30"}}), "/fields/due");
    EXPECT_EQ(pointer_of({{"reason", "other"}}), "/fields/reason");
    EXPECT_EQ(pointer_of({{"refunded", "yes"}}), "/fields/refunded");
    std::string const too_long(501, 'x');
    EXPECT_EQ(pointer_of({{"contract", too_long.c_str()}}), "/fields/contract");
    EXPECT_EQ(pointer_of({{"unknown", 1}}), "/fields/unknown");
    EXPECT_EQ(fill(id, {{"contract", nullptr}})->fields.size(), 4U);
}

TEST_P(Views, fields_that_are_required_keep_a_conversation_from_being_resolved) {
    auto const id = begun();
    auto const support = team("Support", {agent_});
    field("reason", FieldKind::text, true);
    field("contract", FieldKind::text, true, {}, {support});
    auto const refused = resolve(id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "fields_missing");
    ASSERT_THAT(refused.error().fields, SizeIs(1));
    EXPECT_EQ(refused.error().fields[0].pointer, "/fields/reason");
    auto by_answer = answer();
    by_answer.then = State::resolved;
    EXPECT_EQ(post(id, by_answer).error().code, "fields_missing");
    EXPECT_EQ(thread(id).size(), 1U);
    ConversationChange given;
    given.team = OrNone<TeamId>{support};
    ASSERT_TRUE(change(id, given));
    EXPECT_EQ(resolve(id, {{"reason", "broken"}}).error().fields.at(0).pointer, "/fields/contract");
    EXPECT_TRUE(view(id).fields.empty());
    EXPECT_TRUE(resolve(id, {{"reason", "broken"}, {"contract", "A-1"}}));
}

TEST_P(Views, fields_are_set_by_actions_undone_with_them_and_stand_in_words) {
    auto const id = begun();
    field("contract", FieldKind::text);
    ASSERT_TRUE(fill(id, {{"contract", "A-1"}}));
    auto set = doing(Does::set_field);
    set.field = "contract";
    set.value = "B-2";
    auto const done = carry_out(id, {set, says(Does::note, "{{conversation.fields.contract|none}}")});
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_EQ(view(id).fields.at("contract"), "B-2");
    EXPECT_EQ(thread(id).front().text, "A-1");
    ASSERT_TRUE(undo(*done->run));
    EXPECT_EQ(view(id).fields.at("contract"), "A-1");
    set.value = 5;
    EXPECT_EQ(carry_out(id, {set}).error().fields.at(0).pointer, "/actions/0/value");
    set.field = "gone";
    EXPECT_EQ(carry_out(id, {set}).error().fields.at(0).pointer, "/actions/0/field");
}

TEST_P(Views, attributes_are_typed_described_and_usable_in_words) {
    auto const id = begun();
    auto const customer = *view(id).from.customer;
    EXPECT_EQ(put(customer, {{"plan", "gold"}}).error().fields.at(0).pointer, "/values/plan");
    describe();
    EXPECT_EQ(put(customer, {{"plan", "silver"}}).error().fields.at(0).pointer, "/values/plan");
    EXPECT_EQ(put(customer, {{"spent", "much"}}).error().fields.at(0).pointer, "/values/spent");
    EXPECT_EQ(put(CustomerId{4711}, {}).error().kind, ErrorKind::not_found);
    ASSERT_TRUE(put(customer, {{"plan", "gold"}, {"spent", 1200}}));
    ASSERT_TRUE(put(customer, {{"plan", "gold"}, {"spent", 1200}}));
    EXPECT_EQ(events("customer.attributes_changed"), 1);
    auto const kept =
        keep(canned("{{customer.attributes.plan|no}} plan, since {{customer.attributes.since, date|long}}"), me());
    ASSERT_TRUE(kept) << kept.error().fields.at(0).rule;
    EXPECT_EQ(render(kept->id, id)->text, "gold plan, since long");
    // What is left out is gone; what the schema no longer knows is not shown.
    EXPECT_THAT(put(customer, {{"spent", 7}})->values, SizeIs(1));
    AttributeSchema empty;
    ASSERT_TRUE(store().write_now([&](store::Tx& tx) { return describe_attributes(tx, operator_act(), empty); }));
    EXPECT_THAT(store().read_now([&](store::Reader& reader) { return attributes_of(reader, office(), customer); }),
                IsEmpty());
    EXPECT_EQ(render(kept->id, id)->text, "no plan, since long");
}

TEST_P(Views, segments_hold_whoever_meets_all_conditions) {
    FieldValues const values{{"plan", "gold"}, {"spent", 1200}, {"since", "2024-05-01"}, {"note", "Likes Tea"}};
    auto const meets_it = [&](Condition one) { return meets({std::move(one)}, values); };
    EXPECT_TRUE(meets_it(condition("plan", Is::is, "gold")));
    EXPECT_FALSE(meets_it(condition("plan", Is::is_not, "gold")));
    EXPECT_TRUE(meets_it(condition("gone", Is::is_not, "gold")));
    EXPECT_TRUE(meets_it(condition("spent", Is::at_least, 1200.0)));
    EXPECT_FALSE(meets_it(condition("spent", Is::at_least, 1201)));
    EXPECT_TRUE(meets_it(condition("since", Is::at_most, "2024-12-31")));
    EXPECT_FALSE(meets_it(condition("since", Is::at_most, "2023-12-31")));
    EXPECT_TRUE(meets_it(condition("note", Is::contains, "tea")));
    EXPECT_TRUE(meets_it(condition("gone", Is::absent)));
    EXPECT_FALSE(meets_it(condition("plan", Is::absent)));
    EXPECT_FALSE(meets({condition("plan", Is::is, "gold"), condition("spent", Is::at_most, 5)}, values));

    describe();
    auto const customer = *view(begun()).from.customer;
    auto const gold = segment({condition("plan", Is::is, "gold")});
    ASSERT_TRUE(put(customer, {{"plan", "gold"}}));
    auto const seen = store().read_now(
        [&](store::Reader& reader) { return find_attributes(reader, office(), me(), customer).value(); });
    ASSERT_THAT(seen.segments, SizeIs(1));
    EXPECT_EQ(seen.segments[0].id, gold);
    auto const pointer_of = [&](std::vector<Condition> all) {
        NewSegment wanted;
        wanted.name = {"x"};
        wanted.all = std::move(all);
        auto const made = store().write_now([&](store::Tx& tx) { return create_segment(tx, act(), me(), wanted); });
        return made ? std::string() : made.error().fields.at(0).pointer;
    };
    EXPECT_EQ(pointer_of({}), "/all");
    EXPECT_EQ(pointer_of({condition("gone", Is::present)}), "/all/0/attribute");
    EXPECT_EQ(pointer_of({condition("plan", Is::at_least, "gold")}), "/all/0/test");
    EXPECT_EQ(pointer_of({condition("plan", Is::is)}), "/all/0/value");
    EXPECT_EQ(pointer_of({condition("plan", Is::present, "x")}), "/all/0/value");
    EXPECT_EQ(pointer_of({condition("spent", Is::is, "x")}), "/all/0/value");
}

TEST_P(Views, show_what_meets_every_filter_page_by_page) {
    describe();
    field("reason", FieldKind::choice, false, {"broken", "late"});
    std::vector<ConversationId> all;
    for (int i = 0; i < 7; ++i) {
        auto const n = std::to_string(i);
        all.push_back(begun("P" + n + " <p" + n + "@example.org>", "<" + n + "@p.test>"));
    }
    auto const urgent = label("Urgent");
    ConversationChange change_it;
    change_it.labels = std::vector{urgent};
    change_it.priority = Priority::high;
    for (int const i : {1, 3, 5}) ASSERT_TRUE(change(all[static_cast<std::size_t>(i)], change_it));
    ASSERT_TRUE(carry_out(all[3], {assigned("me")}));
    ASSERT_TRUE(fill(all[5], {{"reason", "late"}}));
    ASSERT_TRUE(put(*view(all[1]).from.customer, {{"plan", "gold"}}));

    EXPECT_THAT(shown({}), SizeIs(7));
    Filter labelled_ones;
    labelled_ones.label = urgent;
    EXPECT_THAT(shown(labelled_ones), ElementsAre(all[5], all[3], all[1]));
    Filter high;
    high.priorities = {Priority::high, Priority::urgent};
    EXPECT_THAT(shown(high), ElementsAre(all[5], all[3], all[1]));
    Filter mine = labelled_ones;
    mine.assignee = "me";
    EXPECT_THAT(shown(mine), ElementsAre(all[3]));
    Filter nobodys = labelled_ones;
    nobodys.assignee = "";
    nobodys.mailbox = box_;
    EXPECT_THAT(shown(nobodys), ElementsAre(all[5], all[1]));
    Filter late;
    late.field = FieldIs{"reason", "late"};
    EXPECT_THAT(shown(late), ElementsAre(all[5]));
    Filter gold;
    gold.segment = segment({condition("plan", Is::is, "gold")});
    EXPECT_THAT(shown(gold), ElementsAre(all[1]));
    Filter waiting;
    waiting.waiting_minutes = 60;
    EXPECT_THAT(shown(waiting), IsEmpty());
    advance(std::chrono::minutes(61));
    EXPECT_THAT(shown(waiting), SizeIs(7));
    Filter snoozed;
    snoozed.state = State::snoozed;
    EXPECT_THAT(shown(snoozed), IsEmpty());
}

TEST_P(Views, say_what_counts_them_only_where_a_counter_does) {
    auto const urgent = label("Urgent");
    Filter one;
    EXPECT_EQ(keep_view(one)->counted_by, "all");
    one.label = urgent;
    EXPECT_EQ(keep_view(one)->counted_by, to_text(urgent));
    one.assignee = "me";
    EXPECT_EQ(keep_view(one)->counted_by, std::nullopt);
    one.label.reset();
    EXPECT_EQ(keep_view(one)->counted_by, "mine");
    one.assignee = to_text(other_);
    EXPECT_EQ(keep_view(one)->counted_by, std::nullopt);
    one.assignee = "";
    EXPECT_EQ(keep_view(one)->counted_by, "unassigned");
    one.priorities = {Priority::high};
    EXPECT_EQ(keep_view(one)->counted_by, std::nullopt);
}

TEST_P(Views, refuse_what_is_not_there) {
    auto const pointer_of = [&](Filter filter) {
        auto const made = keep_view(std::move(filter));
        return made ? std::string() : made.error().fields.at(0).pointer;
    };
    Filter one;
    one.state = State::merged;
    EXPECT_EQ(pointer_of(one), "/filter/state");
    one = {};
    one.assignee = "agt_x";
    EXPECT_EQ(pointer_of(one), "/filter/assignee");
    one = {};
    one.label = LabelId{5};
    EXPECT_EQ(pointer_of(one), "/filter/label");
    one = {};
    one.mailbox = MailboxId{5};
    EXPECT_EQ(pointer_of(one), "/filter/mailbox");
    one = {};
    one.team = TeamId{5};
    EXPECT_EQ(pointer_of(one), "/filter/team");
    one = {};
    one.segment = SegmentId{5};
    EXPECT_EQ(pointer_of(one), "/filter/segment");
    one = {};
    one.waiting_minutes = 0;
    EXPECT_EQ(pointer_of(one), "/filter/waiting_minutes");
    one = {};
    one.field = FieldIs{"gone", 1};
    EXPECT_EQ(pointer_of(one), "/filter/field/field");
    auto const own = keep_view({});
    EXPECT_EQ(store().read_now([&](store::Reader& reader) {
        return conversations_of(reader, office(), ben(), own->id, {}, now()).error().kind;
    }),
              ErrorKind::not_found);
}

}  // namespace
}  // namespace rapport::desk
