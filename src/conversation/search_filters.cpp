#include "conversation/search_filters.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "conversation/csat/csat.hpp"
#include "conversation/looking/looking.hpp"
#include "conversation/searching.hpp"
#include "conversation/sql.hpp"
#include "people/agents.hpp"
#include "people/teams.hpp"
#include "search/text.hpp"

namespace rapport::conversation {
namespace {

constexpr std::string_view names[] = {"is", "label", "assignee", "team", "priority", "mailbox", "rating"};
constexpr State all_states[] = {State::open, State::pending, State::snoozed, State::resolved, State::spam};
constexpr Priority all_priorities[] = {Priority::low, Priority::normal, Priority::high, Priority::urgent};

std::string folded(std::string_view text) {
    std::string out;
    for (auto const& letter : search::normalise(text)) search::append_utf8(out, letter.c);
    return out;
}

std::string listed(std::vector<std::string> const& some) {
    std::string out;
    for (std::size_t i = 0; i < some.size() && i < 12; ++i) out += (i ? ", " : "") + some[i];
    return some.size() > 12 ? out + " …" : out;
}

}  // namespace

std::span<std::string_view const> search_filters() { return names; }

template <class T>
bool RowFilter::Set<T>::has(T const& value) const {
    return (!wanted || std::ranges::find(*wanted, value) != wanted->end()) &&
           std::ranges::find(unwanted, value) == unwanted.end();
}
template <class T>
void RowFilter::Set<T>::add(std::vector<T> const& values, bool negated) {
    auto& into = negated ? unwanted : wanted ? *wanted : wanted.emplace();
    into.insert(into.end(), values.begin(), values.end());
}

class FilterReader {
  public:
    FilterReader(store::Reader& reader, Actor const& viewer) : reader_(reader), viewer_(viewer) {}

    Expected<void> add(search::Filter const& filter, RowFilter& out) {
        out.empty_ = false;
        value_ = folded(filter.value);
        known_.clear();
        if (filter.name == "is") {
            if (viewer_.kind == ActorKind::agent && is("unread") && value_.size() > 3) {
                out.unread_ = !filter.negated;
                out.viewer_ = viewer_;
                return {};
            }
            if (is("unassigned")) return done(filter, out.assignees_, {std::nullopt});
            std::vector<State> some;
            for (auto const state : all_states)
                if (is(json::enum_name(state))) some.push_back(state);
            return done(filter, out.states_, some);
        }
        if (filter.name == "priority") {
            std::vector<Priority> some;
            for (auto const priority : all_priorities)
                if (is(json::enum_name(priority))) some.push_back(priority);
            return done(filter, out.priorities_, some);
        }
        if (filter.name == "rating") return rating(filter, out);
        if (filter.name == "label") return done(filter, out.labels_, of<LabelId>(list_labels(reader_)));
        if (filter.name == "team") return team(filter, out);
        if (filter.name == "mailbox") return mailbox(filter, out);
        return assignee(filter, out);
    }

  private:
    bool is(std::string_view name) {
        known_.emplace_back(name);
        return begins(folded(name));
    }
    // As a whole, or as one of its words.
    bool begins(std::string const& name) const {
        if (name.starts_with(value_)) return true;
        for (auto at = name.find(' '); at != std::string::npos; at = name.find(' ', at + 1))
            if (std::string_view(name).substr(at + 1).starts_with(value_)) return true;
        return false;
    }
    template <class Id, class List>
    std::vector<Id> of(List const& list) {
        std::vector<Id> exact, some;
        for (auto const& one : list) {
            if (to_text(one.id) == value_ || folded(one.name) == value_) exact.push_back(one.id);
            if (is(one.name)) some.push_back(one.id);
        }
        return exact.empty() ? some : exact;
    }

    template <class T>
    Expected<void> done(search::Filter const& filter, RowFilter::Set<T>& set, std::vector<T> const& some) {
        if (!some.empty()) {
            set.add(some, filter.negated);
            return {};
        }
        auto const fix = known_.empty() ? "there is none yet: leave it out" : "there are: " + listed(known_);
        return fail(ErrorKind::invalid, "invalid_fields", "Nothing is called so after " + filter.name + ":.",
                    {{"/q", "must name something that there is after " + filter.name + ":", fix}});
    }
    Expected<void> team(search::Filter const& filter, RowFilter& out) {
        if (value_ == "none") return done(filter, out.teams_, {std::nullopt});
        std::vector<std::optional<TeamId>> some;
        for (auto const id : of<TeamId>(people::list_teams(reader_))) some.emplace_back(id);
        return done(filter, out.teams_, some);
    }
    // rating:good, rating:bad, rating:any, or a score.
    Expected<void> rating(search::Filter const& filter, RowFilter& out) {
        std::vector<std::int64_t> some;
        for (std::int64_t score = 1; score <= 5; ++score) {
            bool const good = score >= csat::good_score;
            if (is(std::to_string(score)) || (good && is("good")) || (!good && is("bad")) || is("any"))
                some.push_back(score);
        }
        std::ranges::sort(known_);
        known_.erase(std::ranges::unique(known_).begin(), known_.end());
        return done(filter, out.scores_, some);
    }
    Expected<void> mailbox(search::Filter const& filter, RowFilter& out) {
        std::vector<MailboxId> some;
        for (auto const& one : list_mailboxes(reader_))
            if (is(one.address.value) || begins(folded(one.name))) some.push_back(one.id);
        return done(filter, out.mailboxes_, some);
    }
    Expected<void> assignee(search::Filter const& filter, RowFilter& out) {
        std::vector<std::optional<AgentId>> some;
        known_ = {"me", "none"};
        if (value_ == "none") return done(filter, out.assignees_, {std::nullopt});
        if (value_ == "me" && viewer_.kind == ActorKind::agent)
            return done(filter, out.assignees_, {AgentId{viewer_.id}});
        for (auto const& one : people::list_agents(reader_))
            if (is(one.name) || folded(one.email).starts_with(value_) || to_text(one.id) == value_)
                some.emplace_back(one.id);
        return done(filter, out.assignees_, some);
    }

    store::Reader& reader_;
    Actor const& viewer_;
    std::string value_;
    std::vector<std::string> known_;
};

Expected<RowFilter> RowFilter::of(store::Reader& reader, Actor const& viewer,
                                  std::vector<search::Filter> const& filters) {
    RowFilter out;
    FilterReader read(reader, viewer);
    for (auto const& one : filters)
        if (auto const added = read.add(one, out); !added) return fail(added.error());
    return out;
}

bool RowFilter::lets_through(store::Reader& reader, ConversationRow const& row) const {
    if (row.state == State::merged || !states_.has(row.state) || !priorities_.has(row.priority) ||
        !assignees_.has(row.assignee) || !teams_.has(row.team))
        return false;
    if (scores_.wanted || !scores_.unwanted.empty()) {
        auto const score = csat::last_score(reader, row.id);
        if (score ? !scores_.has(*score) : scores_.wanted.has_value()) return false;
    }
    if (unread_ && unseen_of(reader, AgentId{viewer_.id}, {row.id}).empty() == *unread_) return false;
    auto const stands_in = [](auto const& set, auto const& own) {
        auto const one_of = [&](auto const& list) {
            return std::ranges::any_of(own, [&](auto id) { return std::ranges::find(list, id) != list.end(); });
        };
        return (!set.wanted || one_of(*set.wanted)) && !one_of(set.unwanted);
    };
    if ((labels_.wanted || !labels_.unwanted.empty()) && !stands_in(labels_, labels_of(reader, row.id))) return false;
    return (!mailboxes_.wanted && mailboxes_.unwanted.empty()) || stands_in(mailboxes_, placements_of(reader, row.id));
}

std::optional<std::vector<std::int64_t>> RowFilter::few(store::Reader& reader, std::size_t most) const {
    std::vector<std::int64_t> out;
    std::vector<State> states;
    for (auto const state : all_states)
        if (states_.has(state)) states.push_back(state);
    auto const add = [&](store::Query const& query, auto const&... what) {
        for (auto const state : states) {
            if (out.size() > most) return;
            for (auto const id : reader.all<ConversationId>(query, state, most + 1 - out.size(), what...))
                out.push_back(id.value);
        }
    };
    if (scores_.wanted) {
        for (auto const score : *scores_.wanted) add(sql::ids_of_score, score);
    } else if (labels_.wanted) {
        for (auto const id : *labels_.wanted) add(sql::ids_of_label, id);
    } else if (assignees_.wanted) {
        for (auto const& id : *assignees_.wanted)
            if (id)
                add(sql::ids_of_assignee, *id);
            else
                add(sql::ids_unassigned);
    } else if (teams_.wanted && std::ranges::all_of(*teams_.wanted, [](auto const& id) { return id.has_value(); })) {
        for (auto const& id : *teams_.wanted) add(sql::ids_of_team, *id);
    } else if (states_.wanted) {
        add(sql::ids_of_state);
    } else {
        return std::nullopt;
    }
    if (out.size() > most) return std::nullopt;
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
}

}  // namespace rapport::conversation
