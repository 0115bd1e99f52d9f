// label:, is:, assignee: …: what they mean here. Internal to the module.
#pragma once

#include "conversation/rows.hpp"
#include "search/query.hpp"

namespace rapport::conversation {

// Several values of one name: any of them (is:open is:pending); of different names: all. A value is a beginning, as it
// may be half typed.
class RowFilter {
  public:
    // Codes: invalid_fields, with the values that there are.
    static Expected<RowFilter> of(store::Reader& reader, Actor const& viewer,
                                  std::vector<search::Filter> const& filters);
    bool lets_through(store::Reader& reader, ConversationRow const& row) const;
    // Those that it may let through, in order, if they are few.
    std::optional<std::vector<std::int64_t>> few(store::Reader& reader, std::size_t most) const;
    bool empty() const { return empty_; }

  private:
    template <class T>
    struct Set {
        std::optional<std::vector<T>> wanted;
        std::vector<T> unwanted;
        bool has(T const& value) const;
        void add(std::vector<T> const& values, bool negated);
    };
    Set<State> states_;
    Set<Priority> priorities_;
    Set<std::optional<AgentId>> assignees_;
    Set<std::optional<TeamId>> teams_;
    Set<MailboxId> mailboxes_;
    Set<LabelId> labels_;
    Set<std::int64_t> scores_;  // of the last resolution that was rated
    std::optional<bool> unread_;
    Actor viewer_;
    bool empty_ = true;
    friend class FilterReader;
};

}  // namespace rapport::conversation
