// The bags of a group and their flush; see transaction.hpp.
#include "store/transaction.hpp"

#include <algorithm>

#include "store/journal.hpp"

namespace rapport::store {

void GroupTx::mark(Mark& mark) const {
    mark.sizes.clear();
    for (Left const& left : left_) mark.sizes.push_back(left.bag->size());
    mark.events = events_.size();
}

void GroupTx::return_to(Mark const& mark) {
    for (std::size_t i = 0; i < left_.size(); ++i) left_[i].bag->truncate(i < mark.sizes.size() ? mark.sizes[i] : 0);
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(mark.events), events_.end());
}

void GroupTx::clear() {
    left_.clear();
    events_.clear();
}

void GroupTx::flush() {
    // The same order on every node, so that their locks cannot cross: by the address of the key, the journal last.
    std::sort(left_.begin(), left_.end(), [](Left const& a, Left const& b) { return std::less<>()(a.key, b.key); });
    for (bool found = true; found;) {
        found = false;
        for (std::size_t i = 0; i < left_.size(); ++i) {
            if (left_[i].bag->size() == 0) continue;
            found = true;
            auto const bag = std::move(left_[i].bag);  // what the flush leaves in turn goes to a new one
            left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
            bag->flush(*this);
            break;
        }
    }
    if (!events_.empty()) write_events(*this, events_);
}

Bag& GroupTx::bag(void const* key, std::function<std::unique_ptr<Bag>()> const& make) {
    for (Left& left : left_)
        if (left.key == key) return *left.bag;
    return *left_.emplace_back(key, make()).bag;
}

}  // namespace rapport::store
