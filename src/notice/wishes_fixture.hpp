// For tests: preferences that follow the address.
#pragma once

#include "notice/notice.hpp"

namespace rapport::notice {

// Says what the test wants to hear.
class TestWishes final : public Preferences {
  public:
    Decision decide(store::Reader&, Asked const& asked) const override {
        Decision made;
        if (asked.class_ == Class::legal) {
            made.reason = "A legal notice is exempt.";
            made.because = preferences::Because::legal;
        } else if (asked.email.value.starts_with("never")) {
            made.is = Decision::Is::suppress;
            made.reason = "unsubscribed";
            made.because = preferences::Because::not_wanted;
        } else if (asked.email.value.starts_with("later")) {
            made.is = Decision::Is::later;
            made.at = asked.now + std::chrono::hours(8);
            made.reason = "quiet hours";
            made.because = preferences::Because::quiet_until;
            made.zone = "Europe/Rome";
        } else if (asked.class_ == Class::promotional) {
            made.unsubscribe_url = "https://post.example.org/u/abc";
        }
        return made;
    }
};

}  // namespace rapport::notice
