// Search over everything: what each module offers to be found, and GET /v1/search.
#pragma once

#include "app/house.hpp"
#include "net/net.hpp"
#include "search/keeper.hpp"

namespace rapport::app {

// `house` outlives them.
std::vector<search::Shelf> search_shelves(House& house);
std::filesystem::path search_folder(Config const& config);
std::unique_ptr<search::Keeper> make_keeper(House& house);

net::Routes search_routes(House& house);
// For GET /metrics, in Prometheus' text format.
std::string search_metrics(House& house);
// For fsck: compares the index with the database, unless it has not read everything yet.
void check_search(House& house, store::Reader& reader,
                  std::function<void(std::string const&, std::string const&)> const& report);

}  // namespace rapport::app
