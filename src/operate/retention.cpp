// The rules of retention; see retention.hpp. The journal has none: it is what fsck recomputes states from.
#include "operate/retention.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/measure.hpp"
#include "operate/sql.hpp"
#include "people/people.hpp"

namespace rapport::operate {
namespace {

struct Rule {
    std::string_view kind, words;
    Duration Retention::* after;
    store::Query const* due;
    store::Query const* total;
    store::Query const* remove;        // none: another does
    store::Query const* remove_first;  // what belongs to it
};

Rule const rules_table[] = {
    {erased_by_deliveries, "contents of finished deliveries", &Retention::content, &sql::due_content,
     &sql::total_content, nullptr, nullptr},
    {"letters", "letters that are over, with their attempts", &Retention::letters, &sql::due_letters,
     &sql::total_letters, &sql::remove_letters, &sql::remove_attempts},
    {"audit", "lines of the audit log", &Retention::audit, &sql::due_audit, &sql::total_audit, &sql::remove_audit,
     nullptr},
};

constexpr std::int64_t at_once = 1'000;

people::Act own_act(Time now) { return {{ActorKind::system, 0, "retention"}, now, {}, {}}; }

}  // namespace

std::vector<RetentionLine> retention_report(store::Reader& reader, Retention const& rules, Time now) {
    std::vector<RetentionLine> lines;
    for (auto const& rule : rules_table) {
        RetentionLine line{rule.kind, rule.words, rules.*rule.after, 0, 0};
        line.total = reader.one<std::int64_t>(*rule.total).value_or(0);
        if (line.after > Duration::zero()) line.due = reader.one<std::int64_t>(*rule.due, now - line.after).value_or(0);
        lines.push_back(line);
    }
    return lines;
}

std::int64_t remove_due(store::Tx& tx, std::string_view kind, Retention const& rules, Time now) {
    auto const rule = std::ranges::find(rules_table, kind, &Rule::kind);
    require(rule != std::end(rules_table), "a kind of the table of rules");
    auto const after = rules.*rule->after;
    if (!rule->remove || after <= Duration::zero()) return 0;
    if (rule->remove_first) tx.exec(*rule->remove_first, now - after, at_once);
    return tx.changed(*rule->remove, now - after, at_once);
}

void record_removal(store::Tx& tx, std::string_view kind, std::int64_t removed, Duration after, Time now) {
    auto const days = std::chrono::duration_cast<std::chrono::hours>(after).count() / 24;
    people::audit(tx, own_act(now), "retention.applied", kind, people::AuditOutcome::done,
                  {{"removed", removed}, {"after_days", days}});
}

std::vector<std::pair<std::string_view, std::int64_t>> apply_retention(store::Store& store, Retention const& rules,
                                                                       Time now) {
    std::vector<std::pair<std::string_view, std::int64_t>> removed;
    for (auto const& rule : rules_table) {
        std::int64_t sum = 0, last = at_once;
        while (last == at_once) {
            last = store.write_now([&](store::Tx& tx) { return remove_due(tx, rule.kind, rules, now); });
            sum += last;
        }
        if (sum > 0)
            store.write_now([&](store::Tx& tx) { record_removal(tx, rule.kind, sum, rules.*rule.after, now); });
        removed.emplace_back(rule.kind, sum);
    }
    return removed;
}

Task<> run_retention(store::Store& store, Retention rules, Clock clock, net::Stop stop) {
    do {
        for (auto const& rule : rules_table) {
            std::int64_t sum = 0, last = at_once;
            auto const now = clock();
            while (last == at_once && !stop.requested()) {
                last = co_await store.write([&](store::Tx& tx) { return remove_due(tx, rule.kind, rules, now); });
                sum += last;
            }
            if (sum == 0) continue;
            co_await store.write([&](store::Tx& tx) { record_removal(tx, rule.kind, sum, rules.*rule.after, now); });
            measure::removed_by_retention(rule.kind).add(static_cast<std::uint64_t>(sum));
            log::info("retention_applied", {{"kind", rule.kind}, {"removed", sum}});
        }
    } while (co_await stop.sleep(std::chrono::hours(1)));
}

}  // namespace rapport::operate
