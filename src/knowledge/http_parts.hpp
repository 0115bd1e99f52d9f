// The parts that the API is added up from. Internal to the module.
#pragma once

#include "knowledge/http.hpp"
#include "knowledge/rows.hpp"

namespace rapport::knowledge {

Rights rights_of(net::Request const& http);
// The article as it is after a verb, or the verb's error.
Expected<KnowledgeArticle> then_article(store::Tx& tx, Knowledge const& knowledge, Rights const& rights, ArticleId id,
                                        Time now, Expected<> const& done);

// A file for whoever may have it.
net::Response file_response(FileContent content);

net::Routes text_routes(Knowledge& knowledge);
net::Routes file_routes(Knowledge& knowledge);
net::Routes feedback_routes(Knowledge& knowledge);

}  // namespace rapport::knowledge
