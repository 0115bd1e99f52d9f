// Which documents of one segment match, newest first. Internal to the module.
#pragma once

#include <memory>

#include "search/query.hpp"
#include "search/segment.hpp"

namespace rapport::search {

class Matcher {
  public:
    virtual ~Matcher() = default;
    Ordinal doc() const { return doc_; }          // none: at the end
    virtual Ordinal advance(Ordinal target) = 0;  // to the first that is not newer than the target
    virtual std::uint64_t cost() const = 0;       // documents, about

  protected:
    Ordinal doc_ = none;
};

// `cut` is set when a beginning has more words than are looked for.
std::unique_ptr<Matcher> matcher_of(Segment const& segment, ParsedQuery const& query, bool& cut);

}  // namespace rapport::search
