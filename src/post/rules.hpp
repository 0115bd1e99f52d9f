// Rules of sites and warm-up plans, as people set them. Verbs over a transaction; http.cpp audits them. The room reads
// them within moments (Post::refresh).
#pragma once

#include "post/shaping.hpp"
#include "post/sources.hpp"
#include "store/tx.hpp"

namespace rapport::post {

std::vector<SiteRule> site_rules(store::Reader& reader);
// Codes "bad_site_rule".
Expected<> set_site_rule(store::Tx& tx, SiteRule const& rule);
Expected<> drop_site_rule(store::Tx& tx, std::string_view match);

std::vector<WarmUp> warm_ups(store::Reader& reader);
Expected<> set_warm_up(store::Tx& tx, WarmUp const& plan);  // code "bad_warm_up"
Expected<> drop_warm_up(store::Tx& tx, std::string_view source, std::string_view domain);

}  // namespace rapport::post
