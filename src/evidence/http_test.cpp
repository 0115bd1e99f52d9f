// The log as a reader over HTTP sees it.
#include "evidence/http.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "evidence/log_fixture.hpp"

namespace rapport::evidence {
namespace {

TEST(TilePath, is_read_in_its_one_spelling) {
    auto const tile = parse_tile_path("0/x001/x234/067");
    ASSERT_TRUE(tile);
    EXPECT_EQ(tile->number, 1'234'067U);
    EXPECT_EQ(tile->width, 256U);
    auto const partial = parse_tile_path("entries/000.p/7");
    ASSERT_TRUE(partial);
    EXPECT_FALSE(partial->level);
    EXPECT_EQ(partial->width, 7U);
    for (auto bad : {"", "0", "0/", "00/000", "64/000", "0/1", "0/0000", "0/x000/001", "0/001/002", "0/000.p/0",
                     "0/000.p/256", "0/000.p/07", "x/000", "0/000/", "0/-01"})
        EXPECT_FALSE(parse_tile_path(bad)) << bad;
}

class LogOverHttp : public LogTest {
  protected:
    net::Response get(std::string const& path, std::vector<std::string> parameters = {}) {
        PublicLog log{store(), prover_, key_.key()};
        auto const table = routes(log);
        for (auto const& row : table.rows()) {
            if (row.path != path) continue;
            EXPECT_EQ(row.permission.name, net::anyone.name);
            net::Request request({});
            request.set_parameters(std::move(parameters));
            asio::io_context io;
            net::Response response;
            asio::co_spawn(io, row.run(request), [&](std::exception_ptr failure, net::Response r) {
                if (failure) std::rethrow_exception(failure);
                response = std::move(r);
            });
            io.run();
            return response;
        }
        ADD_FAILURE() << path;
        return {};
    }
    static std::string body(net::Response const& response) { return std::get<std::string>(response.body); }
    Prover prover_;
    NoteSigner key_ = *NoteSigner::from("rapport.example.org/log", Bytes(32, 's'));
};
RAPPORT_ON_BOTH_ENGINES(LogOverHttp);

TEST_P(LogOverHttp, shows_what_the_newest_checkpoint_covers_and_no_more) {
    EXPECT_EQ(get("/log/checkpoint").status, 404);
    grow(300);
    auto const checkpoint = *store().read_now([&](store::Reader& r) { return next_checkpoint(r, prover_, key_); });
    store().write_now([&](store::Tx& tx) { keep_checkpoint(tx, *checkpoint, now()); });
    grow(300);

    auto const newest = get("/log/checkpoint");
    EXPECT_EQ(body(newest), checkpoint->note);
    EXPECT_EQ(newest.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(newest.cache_control, "public, max-age=1");

    auto const full = get("/log/tile/{path...}", {"0/000"});
    EXPECT_EQ(body(full).size(), 8192U);
    EXPECT_EQ(full.content_type, "application/octet-stream");
    EXPECT_NE(full.cache_control.find("immutable"), std::string::npos);
    std::vector<Digest> hashes;
    for (std::size_t i = 0; i < 300; ++i) hashes.push_back(leaf_hash(entries_[i]));
    EXPECT_EQ(body(get("/log/tile/{path...}", {"0/001.p/44"})), [&] {
        Bytes out;
        for (std::size_t i = 256; i < 300; ++i) out += hashes[i].view();
        return out;
    }());
    EXPECT_EQ(body(get("/log/tile/{path...}", {"1/000.p/1"})), root_of(std::span(hashes).first(256)).view());
    EXPECT_EQ(body(get("/log/tile/{path...}", {"entries/001.p/2"})),
              Bytes("\0\x20", 2) + entries_[256] + Bytes("\0\x20", 2) + entries_[257]);
    for (auto beyond : {"0/001", "0/001.p/45", "0/002.p/1", "1/000.p/2", "1/000", "2/000.p/1", "entries/001",
                        "63/000.p/1", "0/x999/x999/x999/999"})
        EXPECT_EQ(get("/log/tile/{path...}", {beyond}).status, 404) << beyond;
    EXPECT_EQ(body(get("/log/key")), key_.key().text() + "\n");
    EXPECT_EQ(get("/log/consistency/{from}/{to}", {"7", "300"}).status, 200);
    EXPECT_EQ(get("/log/consistency/{from}/{to}", {"7", "301"}).status, 404);
    EXPECT_EQ(get("/log/consistency/{from}/{to}", {"300", "7"}).status, 404);
    EXPECT_EQ(body(get("/log/checkpoint/{size}", {"300"})), checkpoint->note);
    EXPECT_EQ(get("/log/checkpoint/{size}", {"299"}).status, 404);
    EXPECT_EQ(get("/log/checkpoint/{size}/token", {"300"}).status, 404);
}

}  // namespace
}  // namespace rapport::evidence
