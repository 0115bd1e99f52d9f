// What clamd answers, and what is said when it does not.
#include "channels/antivirus/clamd.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

namespace rapport::channels::antivirus {
namespace {

TEST(Clamd, AnswersAreRead) {
    EXPECT_EQ(read_reply("stream: OK")->finding, Finding::clean);
    auto const found = read_reply("stream: Eicar-Test-Signature FOUND\n");
    EXPECT_EQ(found->finding, Finding::infected);
    EXPECT_EQ(found->words, "Eicar-Test-Signature");
    auto const refused = read_reply("INSTREAM size limit exceeded. ERROR");
    EXPECT_EQ(refused->finding, Finding::not_scanned);
    EXPECT_EQ(refused->words, "INSTREAM size limit exceeded.");
    for (auto const* odd : {"", "stream:", "hello", "OK stream"})
        EXPECT_EQ(read_reply(odd).error().code, "clamd_unreachable") << odd;
    EXPECT_EQ(read_reply("stream: \x1b[31m" + std::string(500, 'x') + " FOUND")->words.substr(0, 3), "?[3");
}

TEST(Clamd, AddressesArePathsOrHostsWithPorts) {
    for (auto const* good : {"/run/clamd.ctl", "127.0.0.1:3310", "[::1]:3310", "clamd:1"})
        EXPECT_TRUE(is_clamd_address(good)) << good;
    for (auto const* bad : {"", "clamd", ":3310", "clamd:", "clamd:x", "clamd:123456"})
        EXPECT_FALSE(is_clamd_address(bad)) << bad;
    EXPECT_FALSE(is_clamd_address("/" + std::string(200, 'x')));
}

TEST(Clamd, ANameThatIsNotFoundInTimeHoldsNobodyUp) {
    using namespace std::chrono_literals;
    auto const begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) {
        auto const found = scan({.address = "nowhere.invalid:3310", .connect = 0ms}, "x");
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().code, "clamd_unreachable");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    auto const nobody = scan({.address = "nowhere.invalid:3310", .connect = 20s}, "x");
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().kind, ErrorKind::unavailable);
}

// One that says what it is told to, after it has read the file.
class Mock {
  public:
    explicit Mock(std::string reply)
        : path_((std::filesystem::temp_directory_path() /
                 ("clamd-" + std::to_string(::getpid()) + "-" + std::to_string(++count_)))
                    .string()),
          reply_(std::move(reply)) {
        ::unlink(path_.c_str());
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, path_.c_str(), path_.size() + 1);
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~Mock() {
        thread_.join();
        ::close(listener_);
        ::unlink(path_.c_str());
    }
    std::string const& path() const { return path_; }
    std::string got;

  private:
    void serve() {
        int const client = ::accept(listener_, nullptr, nullptr);
        char some[65536];
        std::string all;
        while (!all.ends_with(std::string(4, '\0'))) {
            auto const n = ::read(client, some, sizeof some);
            if (n <= 0) break;
            all.append(some, static_cast<std::size_t>(n));
        }
        got = all;
        if (!reply_.empty())
            (void)!::write(client, reply_.data(), reply_.size());
        else
            ::usleep(300'000);
        ::close(client);
    }
    static inline int count_ = 0;
    std::string path_, reply_;
    int listener_ = -1;
    std::thread thread_;
};

TEST(Clamd, FilesAreSentInPiecesWithTheirLengths) {
    using namespace std::string_literals;
    Mock mock("stream: OK\0"s);
    EXPECT_EQ(scan({.address = mock.path()}, "abc")->finding, Finding::clean);
    // The mock has read all by now: it answered.
    EXPECT_EQ(mock.got, "zINSTREAM\0\0\0\0\3abc\0\0\0\0"s);
}

TEST(Clamd, WhoeverDoesNotAnswerInTimeIsAskedAgainLater) {
    Mock mock("");
    auto const silent = scan({.address = mock.path(), .in_all = std::chrono::milliseconds(100)}, "abc");
    EXPECT_EQ(silent.error().code, "clamd_unreachable");
    EXPECT_EQ(silent.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(scan({.address = "/nowhere/clamd"}, "abc").error().code, "clamd_unreachable");
    EXPECT_EQ(scan({.address = "127.0.0.1:1"}, "abc").error().code, "clamd_unreachable");
}

}  // namespace
}  // namespace rapport::channels::antivirus
