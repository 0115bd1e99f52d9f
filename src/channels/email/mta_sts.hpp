// MTA-STS (RFC 8461): a domain says over https which mail hosts it has and that they prove who they are. Policies are
// kept for their max_age, also over a restart (the room keeps them in the database): what was promised once cannot be
// taken away by somebody who answers DNS questions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "channels/email/email.hpp"

namespace rapport::channels::email {

class Resolver;

// The value of id= where the records at _mta-sts.<domain> are one STSv1 record (§3.1); otherwise nothing.
std::optional<std::string> sts_id(std::vector<std::string> const& texts);
// Of the policy file (§3.2). Code "sts_policy".
Expected<StsPolicy> parse_sts_policy(std::string_view file, std::string domain, std::string id, Time now);
// §4.1: equal, or the pattern is "*." and the host has exactly one label more.
bool allows(StsPolicy const& policy, std::string_view host);

class StsPolicies {
  public:
    // All of these outlive it.
    StsPolicies(Resolver& resolver, TransportOptions const& options);
    ~StsPolicies();
    // None where the domain has none. Never longer than the look-up's and the fetch's deadlines.
    Task<std::shared_ptr<StsPolicy const>> policy_for(std::string domain);

  private:
    struct Kept {
        std::shared_ptr<StsPolicy const> policy;
        Time again_at{};  // not fetched before it: the last try failed (§3.3)
    };
    Task<Expected<StsPolicy>> fetch(std::string domain, std::string id);

    Resolver& resolver_;
    TransportOptions const& options_;
    std::map<std::string, Kept, std::less<>> kept_;
};

}  // namespace rapport::channels::email
