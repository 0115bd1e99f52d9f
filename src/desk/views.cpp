// Saved views, and what they show.
#include "desk/views.hpp"

#include <algorithm>

#include "desk/items.hpp"
#include "people/agents.hpp"

namespace rapport::desk {
namespace {

using conversation::ConversationPage;
using conversation::ConversationQuery;
using conversation::ConversationSummary;

// Whom an assignee means to whoever looks; none: nobody, or somebody who is not there.
std::optional<AgentId> person_of(Who const& who, std::string const& assignee) {
    if (assignee == "me") return agent_of(who);
    AgentId id;
    return from_text(assignee, id) ? std::optional(id) : std::nullopt;
}

// The scope of /v1/inbox that counts it, where nothing but one filter and the state narrows it.
std::optional<std::string> scope_of(Who const& who, Filter const& f) {
    if (f.channel || !f.priorities.empty() || f.locale || f.field || f.segment || f.waiting_minutes)
        return std::nullopt;
    int const leads = f.assignee.has_value() + f.label.has_value() + f.mailbox.has_value() + f.team.has_value();
    if (leads > 1) return std::nullopt;
    if (f.label) return to_text(*f.label);
    if (f.mailbox) return to_text(*f.mailbox);
    if (f.team) return to_text(*f.team);
    if (!f.assignee) return "all";
    if (f.assignee->empty()) return "unassigned";
    if (person_of(who, *f.assignee) == agent_of(who)) return "mine";
    return std::nullopt;
}

ViewView view_of(store::Reader& reader, Who const& who, ItemRow const& row) {
    ViewView view;
    view.id = ViewId{row.id};
    view.name = row.name;
    view.audience = row.audience;
    view.team = row.team;
    if (row.owner.value != 0) view.owner = row.owner;
    view.place = row.place;
    view.filter = body_of<Filter>(row.body);
    view.may_change = may_change(reader, who, row);
    view.counted_by = scope_of(who, view.filter);
    view.version = row.version;
    view.created_at = row.created_at;
    view.changed_at = row.changed_at;
    return view;
}

// Everybody of the audience may use what is shared so.
bool covers(SegmentView const& segment, Audience audience, std::optional<TeamId> team) {
    return segment.audience == Audience::everyone || audience == Audience::own ||
           (segment.audience == Audience::team && audience == Audience::team && segment.team == team);
}

class Check {
  public:
    Check(store::Reader& reader, Who const& who, Filter const& filter, Audience audience, std::optional<TeamId> team)
        : reader_(reader), who_(who), f_(filter), audience_(audience), team_(team) {}

    Expected<> run() {
        if (f_.state == State::merged)
            return at("state", "There is no view of merged conversations.", "must not be merged", "take another state");
        if (f_.assignee && !f_.assignee->empty() && f_.assignee != "me" && !knows_agent())
            return at("assignee", "There is no such agent.", "must be an agent, \"me\", or empty",
                      "choose one of /v1/assignees");
        if (f_.label && !knows(conversation::list_labels(reader_), *f_.label))
            return at("label", "There is no such label.", "must be a label", "choose another one");
        if (f_.mailbox && !knows(conversation::list_mailboxes(reader_), *f_.mailbox))
            return at("mailbox", "There is no such mailbox.", "must be a mailbox", "choose another one");
        if (f_.team && !people::find_team(reader_, *f_.team))
            return at("team", "There is no such team.", "must be a team", "choose another one");
        if (auto const good = segment(); !good) return good;
        if (f_.waiting_minutes && (*f_.waiting_minutes < 1 || *f_.waiting_minutes > most_snooze_minutes))
            return at("waiting_minutes", "Nobody waits for so long.",
                      "must be from 1 to " + std::to_string(most_snooze_minutes), "take another time");
        return field();
    }

  private:
    std::unexpected<Error> at(std::string_view member, std::string text, std::string rule, std::string fix) const {
        return wrong("/filter/" + std::string(member), std::move(text), std::move(rule), std::move(fix));
    }
    template <class View, class AnyId>
    static bool knows(std::vector<View> const& all, AnyId id) {
        return std::ranges::find(all, id, &View::id) != all.end();
    }
    bool knows_agent() const {
        AgentId id;
        return from_text(*f_.assignee, id) && people::find_agent(reader_, id);
    }
    Expected<> segment() const {
        if (!f_.segment) return {};
        auto const all = list_segments(reader_, who_);
        auto const found = std::ranges::find(all, *f_.segment, &SegmentView::id);
        if (found == all.end())
            return at("segment", "There is no such segment.", "must be a segment that you may use", "choose another");
        if (covers(*found, audience_, team_)) return {};
        return at("segment", "Not everybody who uses this may use the segment.",
                  "must be shared with as many as what uses it", "share the segment with everyone, or choose another");
    }
    Expected<> field() const {
        if (!f_.field) return {};
        for (auto const& one : conversation::list_fields(reader_)) {
            if (one.key != f_.field->field) continue;
            auto const good = conversation::field_value(one, f_.field->value, "/filter/field/value");
            return good ? Expected<>() : fail(good.error());
        }
        return at("field/field", "There is no such field.", "must be a field of conversations",
                  "see /v1/conversation-fields");
    }

    store::Reader& reader_;
    Who const& who_;
    Filter const& f_;
    Audience audience_;
    std::optional<TeamId> team_;
};

Expected<ViewView> save(store::Tx& tx, Act const& act, Who const& who, std::optional<std::int64_t> id,
                        NewView const& wanted) {
    if (auto const good = check_filter(tx, who, wanted.filter, wanted.audience, wanted.team); !good)
        return fail(good.error());
    ItemWords const words{wanted.name.value,       {}, "", wanted.audience, wanted.team, wanted.place.value_or(0),
                          object_of(wanted.filter)};
    auto const row = save_item(tx, act, who, views, id, words);
    if (!row) return fail(row.error());
    return view_of(tx, who, *row);
}

// Looks at conversations one by one.
class Meeting {
  public:
    Meeting(store::Reader& reader, Office const& office, Filter filter, std::optional<AgentId> person,
            std::optional<SegmentView> segment, Time now)
        : reader_(reader),
          office_(office),
          f_(std::move(filter)),
          person_(person),
          segment_(std::move(segment)),
          now_(now) {}

    bool holds(ConversationSummary const& one) {
        if (f_.state && one.state != *f_.state) return false;
        if (f_.assignee && !is_with(one.assignee)) return false;
        if (f_.label && std::ranges::find(one.labels, *f_.label) == one.labels.end()) return false;
        if (f_.team && one.team != f_.team) return false;
        if (f_.channel && one.channel != *f_.channel) return false;
        if (!f_.priorities.empty() && std::ranges::find(f_.priorities, one.priority) == f_.priorities.end())
            return false;
        if (f_.locale && one.locale != *f_.locale) return false;
        if (f_.waiting_minutes &&
            (!one.waiting_since || *one.waiting_since > now_ - std::chrono::minutes(*f_.waiting_minutes)))
            return false;
        if (f_.segment && !belongs(one.from.customer)) return false;
        return is_shown_in(one) && is_filled_in(one.id);
    }

  private:
    bool is_with(std::optional<AgentId> assignee) const {
        return f_.assignee->empty() ? !assignee : assignee && assignee == person_;
    }
    // Further mailboxes and fields stand only with the conversation itself.
    bool is_shown_in(ConversationSummary const& one) const {
        if (!f_.mailbox || one.mailbox == *f_.mailbox) return true;
        auto const whole = conversation::find_conversation(reader_, office_, one.id);
        return whole && std::ranges::find(whole->mailboxes, *f_.mailbox) != whole->mailboxes.end();
    }
    bool is_filled_in(ConversationId id) const {
        if (!f_.field) return true;
        auto const now_is = conversation::standing_of(reader_, office_, id);
        if (!now_is) return false;
        auto const& fields = now_is->standing.fields;
        auto const found = fields.find(f_.field->field);
        return f_.field->value.is_null() ? found == fields.end()
                                         : found != fields.end() && found->second == f_.field->value;
    }
    bool belongs(std::optional<CustomerId> customer) {
        if (!segment_ || !customer) return false;
        auto const [known, is_new] = belongs_.try_emplace(*customer, false);
        if (is_new) known->second = meets(segment_->all, attributes_of(reader_, office_, *customer));
        return known->second;
    }

    store::Reader& reader_;
    Office const& office_;
    Filter f_;
    std::optional<AgentId> person_;
    std::optional<SegmentView> segment_;
    Time now_;
    std::map<CustomerId, bool> belongs_;
};

std::optional<SegmentView> segment_of(store::Reader& reader, Who const& who, Filter const& filter) {
    if (filter.segment)
        for (auto& one : list_segments(reader, who))
            if (one.id == *filter.segment) return std::move(one);
    return std::nullopt;
}

// Walks along the leading filter's index, and looks at the others.
class Walk {
  public:
    Walk(store::Reader& reader, Office const& office, Who const& who, Filter const& filter, Time now)
        : reader_(reader),
          office_(office),
          query_(leading(filter, who)),
          others_(reader, office, without_leading(filter),
                  filter.assignee ? person_of(who, *filter.assignee) : std::nullopt, segment_of(reader, who, filter),
                  now) {}

    Expected<ConversationPage> page(Actor const& viewer, ViewQuery const& wanted) {
        auto const limit = static_cast<std::size_t>(std::clamp(wanted.limit, 1, 200));
        auto query = query_;
        query.after = wanted.after;
        query.limit = 200;
        ConversationPage out;
        for (std::size_t seen = 0; seen < looked_at_once;) {
            auto found = conversation::list_conversations(reader_, office_, viewer, query);
            if (!found) return fail(found.error());
            for (std::size_t i = 0; i < found->items.size(); ++i) {
                auto& one = found->items[i];
                bool const more = i + 1 < found->items.size() || found->next.has_value();
                if (!others_.holds(one)) continue;
                out.items.push_back(std::move(one));
                if (out.items.size() < limit) continue;
                if (more) out.next = conversation::cursor_after(out.items.back());
                return out;
            }
            seen += found->items.size();
            out.next = found->next;
            if (!found->next) return out;
            query.after = *found->next;
        }
        return out;
    }

  private:
    static ConversationQuery leading(Filter const& f, Who const& who) {
        ConversationQuery query;
        query.state = f.state.value_or(State::open);
        if (f.assignee && f.assignee->empty())
            query.view = conversation::View::unassigned;
        else if (f.assignee)
            query.assignee = person_of(who, *f.assignee).value_or(AgentId{});  // an API key is nobody: nothing is its
        else if (f.label)
            query.label = f.label;
        else if (f.mailbox)
            query.mailbox = f.mailbox;
        else if (f.team)
            query.team = f.team;
        return query;
    }
    static Filter without_leading(Filter filter) {
        if (filter.assignee)
            filter.assignee.reset();
        else if (filter.label)
            filter.label.reset();
        else if (filter.mailbox)
            filter.mailbox.reset();
        else
            filter.team.reset();
        return filter;
    }

    store::Reader& reader_;
    Office const& office_;
    ConversationQuery query_;
    Meeting others_;
};

}  // namespace

Expected<> check_filter(store::Reader& reader, Who const& who, Filter const& filter, Audience audience,
                        std::optional<TeamId> team) {
    return Check(reader, who, filter, audience, team).run();
}

bool meets_filter(store::Reader& reader, Office const& office, Filter const& filter, ConversationSummary const& one,
                  Time now) {
    auto const person = filter.assignee ? person_of({}, *filter.assignee) : std::nullopt;
    auto segment = filter.segment ? find_segment(reader, *filter.segment) : std::nullopt;
    return Meeting(reader, office, filter, person, std::move(segment), now).holds(one);
}

Expected<ViewView> create_view(store::Tx& tx, Act const& act, Who const& who, NewView const& wanted) {
    return save(tx, act, who, std::nullopt, wanted);
}

Expected<ViewView> change_view(store::Tx& tx, Act const& act, Who const& who, ViewId id, NewView const& wanted) {
    return save(tx, act, who, id.value, wanted);
}

Expected<> delete_view(store::Tx& tx, Act const& act, Who const& who, ViewId id) {
    return delete_item(tx, act, who, views, id.value);
}

std::vector<ViewView> list_views(store::Reader& reader, Who const& who) {
    std::vector<ViewView> out;
    for (auto const& row : items_of(reader, views, who)) out.push_back(view_of(reader, who, row));
    return out;
}

Expected<ConversationPage> conversations_of(store::Reader& reader, Office const& office, Who const& who, ViewId id,
                                            ViewQuery const& query, Time now) {
    auto const row = find_item(reader, views, who, id.value);
    if (!row) return fail(row.error());
    auto const filter = body_of<Filter>(row->body);
    return Walk(reader, office, who, filter, now).page(who.actor, query);
}

}  // namespace rapport::desk
