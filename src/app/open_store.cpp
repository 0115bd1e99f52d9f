// Migrations in floor order, and a look at every statement before it is needed.
#include "app/open_store.hpp"

#include "channels/sql.hpp"
#include "conversation/sql.hpp"
#include "delivery/sql.hpp"
#include "desk/sql.hpp"
#include "evidence/sql.hpp"
#include "forms/sql.hpp"
#include "knowledge/sql.hpp"
#include "live/sql.hpp"
#include "notice/sql.hpp"
#include "operate/sql.hpp"
#include "people/sql.hpp"
#include "post/sql.hpp"
#include "preferences/sql.hpp"
#include "webhooks/sql.hpp"

namespace rapport::app {

std::vector<std::span<store::Migration const>> migrations() {
    return {evidence::sql::migrations,     people::sql::migrations,   channels::sql::migrations,
            post::sql::migrations,         delivery::sql::migrations, preferences::sql::migrations,
            conversation::sql::migrations, live::sql::migrations,     desk::sql::migrations,
            webhooks::sql::migrations,     notice::sql::migrations,   operate::sql::migrations,
            forms::sql::migrations,        knowledge::sql::migrations};
}

std::unique_ptr<store::Store> open_store(Config const& config, store::Role role) {
    auto const modules = migrations();
    auto const data = std::filesystem::path(config.data);
    std::filesystem::create_directories(data);
    auto store = store::Store::open({.database = database_of(config), .role = role, .blobs = data / "blobs"}, modules);
    std::span<store::Query const* const> const queries[] = {
        evidence::sql::all,    people::sql::all,       channels::sql::all, post::sql::all,     delivery::sql::all,
        preferences::sql::all, conversation::sql::all, live::sql::all,     desk::sql::all,     webhooks::sql::all,
        notice::sql::all,      operate::sql::all,      forms::sql::all,    knowledge::sql::all};
    for (auto const& all : queries) store->check(all);
    return store;
}

}  // namespace rapport::app
