// The pages for readers: /help. Drawn on the server, complete without script; those for everybody are kept, packed,
// until something is published or moved.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "knowledge/knowledge.hpp"
#include "net/net.hpp"
#include "search/ranked.hpp"

namespace rapport::knowledge {

// As it goes out.
struct KeptPage {
    int status = 200;
    std::string location = {};  // of a page that leads elsewhere
    std::string etag = {}, type = {};
    std::string robots = {};
    net::SharedBody plain = {}, brotli = {}, gzip = {};
    std::optional<Time> until = {};  // when something that it shows expires
    std::uint64_t generation = 0;
};

class Reading {
  public:
    // Who a request comes from, by its cookie; none: everybody is nobody in particular.
    using WhoReads = std::function<Task<Visitor>(net::Request&)>;
    // `knowledge` outlives it.
    Reading(Knowledge& knowledge, std::string organisation, WhoReads who = {});

    // From then on the search field answers by relevance; `ranked` outlives it.
    void search_with(search::Ranked const& ranked) { ranked_ = &ranked; }

    Knowledge& knowledge() const { return knowledge_; }
    std::string const& organisation() const { return organisation_; }
    search::Ranked const* ranked() const { return ranked_; }
    WhoReads const& who() const { return who_; }

    // What was kept and still holds. Reads the journal where something was written since.
    Task<std::shared_ptr<KeptPage const>> find(std::string const& key, Time now);
    void keep(std::string const& key, std::shared_ptr<KeptPage const> page);
    std::uint64_t generation() const { return generation_; }

  private:
    Task<> follow();

    Knowledge& knowledge_;
    std::string organisation_;
    WhoReads who_;
    search::Ranked const* ranked_ = nullptr;
    std::atomic<std::int64_t> hinted_{0}, seen_{-1};
    std::atomic<std::uint64_t> generation_{1};
    std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<KeptPage const>> pages_;
    std::size_t octets_ = 0;
    std::shared_ptr<void> subscription_;
};

net::Routes reading_routes(Reading& reading);

}  // namespace rapport::knowledge
